//! Documents as answers.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    response::Response,
};
use bytes::Bytes;
use http_kit::{IfNoneMatch, Problem, version_tag, with_position};

use crate::checkpoints::Reached;

/// Names the view when it could not apply something, so that what is answered may lack it.
const DRAPE_DEGRADED: HeaderName = HeaderName::from_static("drape-degraded");

/// So many headers an answer has in the end, with all that is put around it.
const HEADERS: usize = 14;

/// What an answer says of the view that it comes from: `Drape-Position`, and `Drape-Degraded` when something is wrong.
pub(crate) fn standing(reached: &Reached) -> HeaderMap {
    let mut headers = HeaderMap::new();
    tell_standing(&mut headers, reached);
    headers
}

fn tell_standing(headers: &mut HeaderMap, reached: &Reached) {
    headers.extend(with_position(&reached.position));
    if let Some(view) = reached.degraded {
        headers.insert(DRAPE_DEGRADED, HeaderValue::from_static(view));
    }
}

/// A stored JSON document, as it is.
pub(crate) fn document(json: impl Into<Body>, reached: &Reached) -> Response {
    let mut answer = Response::new(json.into());
    let headers = answer.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    tell_standing(headers, reached);
    answer
}

/// 304: the document is as the client has it.
fn unchanged(reached: &Reached) -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    let headers = answer.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    tell_standing(headers, reached);
    answer
}

/// A stored JSON document that tells its `version`, with its `ETag`. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Versioned {
    json: Bytes,
    etag: HeaderValue,
}

impl Versioned {
    /// Reads its version.
    ///
    /// # Errors
    /// 500 when it tells none.
    pub(crate) fn of(json: String) -> Result<Self, Problem> {
        #[derive(serde::Deserialize)]
        struct Told {
            version: u64,
        }
        let of = serde_json::from_str::<Told>(&json).map_err(|error| {
            tracing::error!(%error, "the view holds a document without a version");
            Problem::internal()
        })?;
        Ok(Self {
            etag: version_tag(of.version, json.as_bytes()),
            json: json.into(),
        })
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.json.len()
    }

    /// The answer; 304 where the client has it.
    pub(crate) fn answer(self, known: &IfNoneMatch, reached: &Reached) -> Response {
        let mut answer = if known.names(&self.etag) {
            unchanged(reached)
        } else {
            document(self.json, reached)
        };
        answer.headers_mut().insert(ETAG, self.etag);
        answer
    }
}

/// The answer of a document that tells its `version`.
///
/// # Errors
/// 500 when it tells none.
pub(crate) fn versioned(
    json: String,
    known: &IfNoneMatch,
    reached: &Reached,
) -> Result<Response, Problem> {
    Ok(Versioned::of(json)?.answer(known, reached))
}

/// 404, also for what the caller may not see.
pub(crate) fn not_found(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code, title)
}
