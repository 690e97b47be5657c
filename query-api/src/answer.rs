//! Documents as answers.

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use http_kit::{Problem, with_position};
use jetstream_es::Position;

/// A stored JSON document, as it is.
pub(crate) fn document(json: impl Into<Body>, at: &Position) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, with_position(at), json.into()).into_response()
}

/// 404, also for what the caller may not see.
pub(crate) fn not_found(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code, title)
}
