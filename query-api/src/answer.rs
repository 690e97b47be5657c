//! Documents as answers.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use http_kit::{Problem, is_known, version_tag, with_position};

use crate::checkpoints::Reached;

/// Names the view when it could not apply something, so that what is answered may lack it.
const DRAPE_DEGRADED: HeaderName = HeaderName::from_static("drape-degraded");

/// What an answer says of the view that it comes from: `Drape-Position`, and `Drape-Degraded` when something is wrong.
pub(crate) fn standing(reached: &Reached) -> HeaderMap {
    let mut headers = HeaderMap::from_iter(with_position(&reached.position));
    if let Some(view) = reached.degraded {
        headers.insert(DRAPE_DEGRADED, HeaderValue::from_static(view));
    }
    headers
}

/// A stored JSON document, as it is.
pub(crate) fn document(json: impl Into<Body>, reached: &Reached) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, standing(reached), json.into()).into_response()
}

/// A stored JSON document that tells its `version`, with its `ETag`; 304 where the client has it.
pub(crate) fn versioned(
    json: String,
    asked: &HeaderMap,
    reached: &Reached,
) -> Result<Response, Problem> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u64,
    }
    let of = serde_json::from_str::<Versioned>(&json).map_err(|error| {
        tracing::error!(%error, "the view holds a document without a version");
        Problem::internal()
    })?;
    let etag = version_tag(of.version, json.as_bytes());
    let mut answer = if etag.to_str().is_ok_and(|etag| is_known(asked, etag)) {
        let unchanged = [(CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
        (StatusCode::NOT_MODIFIED, unchanged, standing(reached)).into_response()
    } else {
        document(json, reached)
    };
    answer.headers_mut().insert(ETAG, etag);
    Ok(answer)
}

/// 404, also for what the caller may not see.
pub(crate) fn not_found(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code, title)
}
