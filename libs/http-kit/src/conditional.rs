//! Reads that a client may know already: `ETag`, `If-None-Match`, 304 (RFC 9110 §13).

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};
use sha2::{Digest, Sha256};

use crate::Problem;

/// Longer documents have no tag: they would have to be held in memory to be hashed.
const LONGEST_BYTES: u64 = 4 << 20;

/// The tag of a document that is answered again and again: made once, and put among the answer's extensions for
/// [`answer_conditionally`].
#[derive(Debug, Clone)]
pub struct DocumentTag(String);

impl DocumentTag {
    /// The tag of a document with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let hash = Sha256::digest(bytes);
        Self(format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16])))
    }
}

/// A layer: a document that is answered to a GET gets an `ETag`, and a client that names it gets 304 without a body.
///
/// The tag is of what the document says, so it is the same in every process and after every restart. It is a weak one: the
/// same document may leave compressed in one way or another.
pub async fn answer_conditionally(request: Request, next: Next) -> Response {
    if *request.method() != Method::GET {
        return next.run(request).await;
    }
    let known: Vec<HeaderValue> = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .iter()
        .cloned()
        .collect();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK || !is_document(&response) {
        return response;
    }
    let (mut parts, mut body) = response.into_parts();
    let tag = if let Some(tag) = parts.extensions.remove::<DocumentTag>() {
        tag
    } else {
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            return Problem::internal().into_response();
        };
        let tag = DocumentTag::of(&bytes);
        body = Body::from(bytes);
        tag
    };
    let DocumentTag(tag) = tag;
    if let Ok(value) = HeaderValue::try_from(tag.as_str()) {
        parts.headers.insert(ETAG, value);
    }
    if names(known.iter(), &tag) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_TYPE);
        parts.headers.remove(CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, body)
}

/// JSON whose length is known, which nobody forbade to keep, and which has no tag yet.
fn is_document(response: &Response) -> bool {
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let media_type = header(CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    (essence == "application/json" || essence == "application/schema+json")
        && !header(CACHE_CONTROL)
            .unwrap_or_default()
            .contains("no-store")
        && !response.headers().contains_key(ETAG)
        && response
            .body()
            .size_hint()
            .exact()
            .is_some_and(|bytes| bytes <= LONGEST_BYTES)
}

/// Whether the client says in `If-None-Match` that it has what this tag stands for.
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    names(headers.get_all(IF_NONE_MATCH).iter(), tag)
}

fn names<'a>(known: impl Iterator<Item = &'a HeaderValue>, tag: &str) -> bool {
    let strong = |tag: &'a str| tag.strip_prefix("W/").unwrap_or(tag);
    let wanted = tag.strip_prefix("W/").unwrap_or(tag);
    known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || strong(known) == wanted)
}

#[cfg(test)]
mod tests {
    use axum::{Extension, Json, Router, middleware, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn ask(path: &str, known: Option<&str>) -> Response {
        let app = Router::new()
            .route(
                "/document",
                get(|| async { ([("x-kept", "1")], Json("what it says")) })
                    .post(|| async { Json(1) }),
            )
            .route(
                "/again",
                get(|| async {
                    let tag = DocumentTag::of(b"\"what it says\"");
                    (Extension(tag), Json("what it says"))
                }),
            )
            .route(
                "/secret",
                get(|| async { ([(CACHE_CONTROL, "no-store")], Json(1)) }),
            )
            .route(
                "/missing",
                get(|| async { (StatusCode::NOT_FOUND, Json(1)) }),
            )
            .layer(middleware::from_fn(answer_conditionally));
        let mut request = Request::get(path);
        if let Some(known) = known {
            request = request.header(IF_NONE_MATCH, known);
        }
        app.oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_document_that_the_client_has_is_not_sent_again() {
        let first = ask("/document", None).await;
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        let strong = tag.trim_start_matches("W/").to_owned();
        for known in [
            tag.clone(),
            format!("\"other\", {tag}"),
            strong,
            "*".to_owned(),
        ] {
            let again = ask("/document", Some(&known)).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(again.headers()[ETAG], tag.as_str());
            assert_eq!(again.headers()["x-kept"], "1");
            assert_eq!(again.headers().get(CONTENT_TYPE), None);
            assert_eq!(again.body().size_hint().exact(), Some(0));
        }
        let again = ask("/again", None).await;
        assert_eq!(again.headers()[ETAG], tag.as_str());
        let again = ask("/again", Some(&tag)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let changed = ask("/document", Some("W/\"other\"")).await;
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn what_is_no_document_has_no_tag() {
        for path in ["/secret", "/missing"] {
            assert_eq!(
                ask(path, Some("*")).await.headers().get(ETAG),
                None,
                "{path}"
            );
        }
    }
}
