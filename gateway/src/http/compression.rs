//! Answers made smaller, for clients that say what they can read.

use http::{
    HeaderName, Response,
    header::{CONTENT_TYPE, ETAG},
};
use http_body::Body;
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, Predicate, predicate::SizeAbove},
};

/// Shorter answers fit into one packet as they are.
const SHORTEST_BYTES: u64 = 1_024;

/// Which answers gain from it. The others are compressed already, or must leave piece by piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: Body>(&self, response: &Response<B>) -> bool {
        let headers = response.headers();
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
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
        is_text && !as_it_is
    }
}

/// br, gzip or zstd, as the client prefers, at the least effort: an answer is made once for each client.
pub(super) fn compression()
-> CompressionLayer<tower_http::compression::predicate::And<SizeAbove, Compressible>> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(SHORTEST_BYTES).and(Compressible))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, response::IntoResponse, routing::get};
    use http::{
        HeaderMap, Request,
        header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, VARY},
    };
    use tower::ServiceExt;

    use super::*;

    async fn answered(
        headers: [(HeaderName, &'static str); 1],
        bytes: usize,
        accept: &str,
    ) -> HeaderMap {
        let answer = move || async move { (headers, "x".repeat(bytes)).into_response() };
        let app = Router::new().route("/", get(answer)).layer(compression());
        let request = Request::get("/")
            .header(ACCEPT_ENCODING, accept)
            .body(Body::empty());
        app.oneshot(request.unwrap())
            .await
            .unwrap()
            .headers()
            .clone()
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
