//! Which request it was: the name that a client is told and that our logs know.

use axum::{
    body::{Body, to_bytes},
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde_json::{Map, Value};

use crate::Problem;

/// The header that names a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header that names the trace that a request belongs to.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Longer names are none.
const LONGEST: usize = 128;
/// No problem of ours is longer.
const LONGEST_PROBLEM_BYTES: usize = 64 << 10;

/// What a request is called: the trace id of a sound `traceparent` (W3C Trace Context), else `X-Request-Id`.
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    either(headers.get(TRACEPARENT), headers.get(REQUEST_ID))
}

fn either<'a>(parent: Option<&'a HeaderValue>, id: Option<&'a HeaderValue>) -> Option<&'a str> {
    let text = |value: Option<&'a HeaderValue>| value.and_then(|value| value.to_str().ok());
    let trace = text(parent).and_then(trace_of);
    trace.or_else(|| text(id).filter(|id| is_sound(id)))
}

/// Whether a text may name a request: 1 to 128 visible ASCII characters.
pub fn is_sound(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `00-<32 hexadecimal digits>-<16>-<2>`.
fn trace_of(parent: &str) -> Option<&str> {
    let hex = |text: &str, length: usize| {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == length && text.bytes().all(digit)
    };
    let mut parts = parent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let sound =
        hex(version, 2) && version != "ff" && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    (sound && trace.bytes().any(|byte| byte != b'0')).then_some(trace)
}

/// What a request is called, kept until its answer is there.
#[derive(Debug, Clone)]
pub struct RequestName {
    parent: Option<HeaderValue>,
    id: Option<HeaderValue>,
}

impl RequestName {
    /// The name that these headers give.
    pub fn of(headers: &HeaderMap) -> Self {
        Self {
            parent: headers.get(TRACEPARENT).cloned(),
            id: headers.get(REQUEST_ID).cloned(),
        }
    }

    /// The answer; a failure is a problem that says which request it was (`trace_id`). What failed in another form, below our handlers,
    /// becomes a problem here.
    pub async fn explain(self, response: Response) -> Response {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return response;
        }
        let trace = either(self.parent.as_ref(), self.id.as_ref());
        explained(response, trace).await
    }
}

async fn explained(response: Response, trace: Option<&str>) -> Response {
    let media_type = response
        .headers()
        .get(CONTENT_TYPE)
        .map(HeaderValue::as_bytes);
    let media_type = media_type.unwrap_or_default();
    let is_problem = media_type.starts_with(b"application/problem+json");
    // Health has a form of its own.
    let is_json = media_type.starts_with(b"application/json");
    if is_problem {
        return named(response, trace).await;
    }
    if is_json {
        return response;
    }
    let (parts, _) = response.into_parts();
    let mut problem = of_status(parts.status).into_response();
    for (name, value) in &parts.headers {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            problem.headers_mut().append(name.clone(), value.clone());
        }
    }
    named(problem, trace).await
}

async fn named(response: Response, trace: Option<&str>) -> Response {
    let Some(trace) = trace else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_PROBLEM_BYTES).await else {
        return Problem::internal().into_response();
    };
    let Ok(mut problem) = serde_json::from_slice::<Map<String, Value>>(&body) else {
        return Response::from_parts(parts, Body::from(body));
    };
    problem.insert("trace_id".to_owned(), Value::String(trace.to_owned()));
    let body = Value::Object(problem).to_string();
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(parts, Body::from(body))
}

/// What a bare status means.
fn of_status(status: StatusCode) -> Problem {
    match status.as_u16() {
        404 => Problem::new(status, "address-not-found", "Nothing lives at this address"),
        405 => Problem::new(
            status,
            "method-not-allowed",
            "This address does not have this method",
        ),
        413 => Problem::new(status, "body-too-large", "The request's body is too large"),
        400..=499 => Problem::new(status, "request-refused", "The request cannot be served"),
        _ => Problem::new(status, "internal", "Something went wrong on our side"),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, extract::Request, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::{around, proceed};

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    async fn ask(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Value) {
        let app = Router::new()
            .route("/problem", get(|| async { Problem::unavailable() }))
            .route(
                "/text",
                get(|| async { (StatusCode::PAYLOAD_TOO_LARGE, [("x-kept", "1")], "too much") }),
            )
            .route(
                "/health",
                get(|| async { (StatusCode::SERVICE_UNAVAILABLE, axum::Json(1)) }),
            );
        let app = around(app, |route, request| async {
            let name = RequestName::of(request.headers());
            name.explain(proceed(route, request).await).await
        });
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = app
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 16).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        (parts.status, parts.headers, body)
    }

    #[tokio::test]
    async fn a_problem_says_which_request_it_was() {
        let (_, headers, body) = ask("/problem", &[("x-request-id", "r-1")]).await;
        assert_eq!(body["trace_id"], "r-1");
        assert_eq!(headers["retry-after"], "2");
        let (.., body) = ask(
            "/problem",
            &[("x-request-id", "r-1"), ("traceparent", PARENT)],
        )
        .await;
        assert_eq!(body["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[tokio::test]
    async fn an_unsound_name_is_not_repeated() {
        for bad in [
            "00-0-0-0",
            &PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
        ] {
            let (.., body) = ask("/problem", &[("traceparent", bad)]).await;
            assert_eq!(body.get("trace_id"), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn a_failure_in_another_form_becomes_a_problem() {
        let (status, headers, body) = ask("/text", &[("x-request-id", "r-1")]).await;
        assert_eq!(
            (status.as_u16(), headers["content-type"].to_str().unwrap()),
            (413, "application/problem+json")
        );
        assert_eq!(
            (
                &body["code"],
                &body["trace_id"],
                headers["x-kept"].to_str().unwrap()
            ),
            (&"body-too-large".into(), &"r-1".into(), "1")
        );
        let (.., body) = ask("/health", &[("x-request-id", "r-1")]).await;
        assert_eq!(body, 1);
    }
}
