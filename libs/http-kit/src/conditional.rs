//! Reads that a client may know already: `ETag`, `If-None-Match`, 304 (RFC 9110 §13).

use std::convert::Infallible;

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    request::Parts,
};
use sha2::{Digest, Sha256};

use crate::Problem;

/// Longer documents have no tag: they would have to be held in memory to be hashed.
const LONGEST_BYTES: u64 = 4 << 20;

/// The tag of a document that is answered again and again: made once, and put among the answer's extensions for
/// [`Conditional`].
#[derive(Debug, Clone)]
pub struct DocumentTag(HeaderValue);

impl DocumentTag {
    /// The tag of a document with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let hash = Sha256::digest(bytes);
        let tag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]));
        // Base64url between quotes, which every header takes.
        Self(HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("W/\"\"")))
    }
}

/// What a client says in `If-None-Match` that it has.
#[derive(Debug, Clone, Default)]
pub struct IfNoneMatch(Vec<HeaderValue>);

impl IfNoneMatch {
    /// What these headers say.
    pub fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(IF_NONE_MATCH).iter().cloned().collect())
    }

    /// Whether the client has what this tag stands for.
    pub fn names(&self, tag: &HeaderValue) -> bool {
        !self.0.is_empty() && tag.to_str().is_ok_and(|tag| names(self.0.iter(), tag))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// What a read says of documents that its client knows already, kept until its answer is there.
#[derive(Debug, Clone)]
pub struct Conditional(Option<IfNoneMatch>);

impl Conditional {
    /// What this request says; only a GET says anything.
    pub fn of(request: &Request) -> Self {
        let is_get = *request.method() == Method::GET;
        Self(is_get.then(|| IfNoneMatch::of(request.headers())))
    }

    /// The answer; a document gets an `ETag`, and a client that names it gets 304 without a body.
    ///
    /// The tag is of what the document says, so it is the same in every process and after every restart. It is a weak one: the
    /// same document may leave compressed in one way or another.
    pub async fn answer(self, response: Response) -> Response {
        let Some(known) = self.0 else {
            return response;
        };
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
        let is_known = known.names(&tag);
        parts.headers.insert(ETAG, tag);
        if is_known {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(CONTENT_TYPE);
            parts.headers.remove(CONTENT_LENGTH);
            return Response::from_parts(parts, Body::empty());
        }
        Response::from_parts(parts, body)
    }
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
    use axum::{Extension, Json, Router, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::{around, proceed};

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
            );
        let app = around(app, |route, request| async {
            let conditional = Conditional::of(&request);
            conditional.answer(proceed(route, request).await).await
        });
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
