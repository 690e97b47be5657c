//! No body is longer than any endpoint takes.

use axum::{
    body::{Body, HttpBody},
    extract::Request,
};
use http::{StatusCode, header::CONTENT_LENGTH};
use http_body_util::Limited;

/// More than any endpoint takes: each has its own, smaller bound.
const MOST_BYTES: usize = 48 << 20;

/// The request with a body that breaks off where it becomes too long; 413, if it says that it is too long.
pub(crate) fn limited(request: Request) -> Result<Request, StatusCode> {
    let told = request.headers().get(CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse().ok());
    if told.is_some_and(|bytes: usize| bytes > MOST_BYTES) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    if request.body().is_end_stream() {
        return Ok(request);
    }
    Ok(request.map(|body| Body::new(Limited::new(body, MOST_BYTES))))
}
