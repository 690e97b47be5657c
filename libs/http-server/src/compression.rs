//! Answers made smaller, for clients that say what they can read.

use std::{convert::Infallible, future::ready};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::Response,
};
use http::{
    HeaderName, HeaderValue,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, ETAG},
};
use tower::{ServiceExt, service_fn};
use tower_http::{CompressionLevel, compression::Compression};

/// Shorter answers fit into one packet as they are.
const SHORTEST_BYTES: u64 = 1_024;

/// What a client says that it can read.
pub(super) struct Accepted(Vec<HeaderValue>);

impl Accepted {
    pub(super) fn of(request: &Request) -> Self {
        let accepted = request.headers().get_all(ACCEPT_ENCODING);
        Self(accepted.iter().cloned().collect())
    }

    /// The answer in br, gzip or zstd, as the client prefers, at the least effort: an answer is made once for each client.
    ///
    /// What is not compressed passes by: a body that might be is six kilobytes larger, which a live stream would hold as long as it
    /// lasts.
    pub(super) async fn compress(self, response: Response) -> Response {
        if !is_compressible(&response) {
            return response;
        }
        let mut asked = http::Request::new(Body::empty());
        for accepted in self.0 {
            asked.headers_mut().append(ACCEPT_ENCODING, accepted);
        }
        let mut response = Some(response);
        let answer = service_fn(move |_| ready(Ok(response.take().unwrap_or_default())));
        let answered: Result<_, Infallible> = Compression::new(answer)
            .quality(CompressionLevel::Fastest)
            .oneshot(asked)
            .await;
        let Ok(response) = answered;
        response.map(Body::new)
    }
}

/// Whether an answer gains from it. The others are short or compressed already, or must leave piece by piece.
fn is_compressible(response: &Response) -> bool {
    let headers = response.headers();
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let media_type = text(CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let is_text = essence.starts_with("text/")
        || essence.ends_with("json")
        || essence.ends_with("javascript")
        || essence == "image/svg+xml";
    // What proxies may not hold back (live streams, replays) we do not hold back either, and a strong tag is of these bytes.
    let as_it_is = essence == "text/event-stream"
        || headers.contains_key(HeaderName::from_static("x-accel-buffering"))
        || text(ETAG).is_some_and(|tag| !tag.starts_with("W/"));
    let length = response.body().size_hint().exact();
    is_text && !as_it_is && length.is_none_or(|bytes| bytes >= SHORTEST_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use http::{
        HeaderMap,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, VARY},
    };

    async fn answered(
        headers: [(HeaderName, &'static str); 1],
        bytes: usize,
        accept: &str,
    ) -> HeaderMap {
        let request = Request::get("/")
            .header(ACCEPT_ENCODING, accept)
            .body(Body::empty());
        let answer = (headers, "x".repeat(bytes)).into_response();
        let answer = Accepted::of(&request.unwrap()).compress(answer).await;
        answer.headers().clone()
    }

    #[tokio::test]
    async fn long_documents_are_compressed_as_the_client_can_read() {
        for coding in ["br", "gzip", "zstd"] {
            let headers =
                answered([(CONTENT_TYPE, "application/problem+json")], 2_000, coding).await;
            assert_eq!(headers[CONTENT_ENCODING], coding);
            assert_eq!(headers[VARY], "accept-encoding");
            assert_eq!(headers.get(CONTENT_LENGTH), None);
        }
        let plain = answered([(CONTENT_TYPE, "application/json")], 2_000, "identity").await;
        assert_eq!(plain.get(CONTENT_ENCODING), None);
    }

    #[tokio::test]
    async fn nothing_else_is() {
        for (headers, bytes) in [
            ([(CONTENT_TYPE, "application/json")], 1_000),
            ([(CONTENT_TYPE, "text/event-stream")], 2_000),
            ([(CONTENT_TYPE, "image/webp")], 2_000),
            ([(CONTENT_TYPE, "application/x-tar")], 2_000),
            (
                [(HeaderName::from_static("x-accel-buffering"), "no")],
                2_000,
            ),
            ([(ETAG, "\"strong\"")], 2_000),
        ] {
            let headers = answered(headers, bytes, "br, gzip, zstd").await;
            assert_eq!(headers.get(CONTENT_ENCODING), None, "{headers:?}");
        }
    }
}
