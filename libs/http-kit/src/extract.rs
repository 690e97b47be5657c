//! Extractors whose rejections are problems.

use std::time::Duration;

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE, request::Parts};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::Problem;

/// The longest JSON body that is taken, in bytes.
pub const JSON_LIMIT_BYTES: usize = 256 << 10;

/// How long a body may take to arrive.
pub const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// A JSON body: at most [`JSON_LIMIT_BYTES`], within [`BODY_PATIENCE`].
///
/// Refused with 415 (not JSON by its media type), 413, 408, 400 (not JSON by its syntax) or 422 (other JSON than is wanted,
/// with a pointer to the place).
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "json-wanted",
                "The request's body must be JSON",
            )
            .detail("Send Content-Type: application/json."));
        }
        let reading = to_bytes(request.into_body(), JSON_LIMIT_BYTES);
        let bytes = tokio::time::timeout(BODY_PATIENCE, reading)
            .await
            .map_err(|_| Problem::body_too_slow())?
            .map_err(|error| unread(&error, JSON_LIMIT_BYTES))?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Tells a body that is too long from one that broke off.
fn unread(error: &axum::Error, limit_bytes: usize) -> Problem {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return Problem::body_too_large(limit_bytes);
        }
        cause = error.source();
    }
    Problem::body_broken_off()
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        (pointer, error.into_inner())
    });
    match parsed {
        Ok(value) => match json.end() {
            Ok(()) => Ok(value),
            Err(error) => Err(malformed(&error)),
        },
        Err((_, error)) if !error.is_data() => Err(malformed(&error)),
        Err((pointer, error)) => {
            Err(Problem::invalid_body().pointer(pointer, without_place(&error)))
        }
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed-json",
        "The request's body is no JSON",
    )
    .detail(error.to_string())
}

/// The message without serde's ` at line 1 column 2`: the pointer says it better.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// A JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

/// The parameters in a path; refused with 400.
#[derive(Debug, Clone, Copy)]
pub struct PathOf<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if holds_nul(parts.uri.path()) {
            return Err(invalid_path().detail(NO_NUL));
        }
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(invalid_path().detail(rejection.body_text())),
        }
    }
}

/// The parameters behind the question mark; refused with 400.
#[derive(Debug, Clone, Copy)]
pub struct QueryOf<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if holds_nul(parts.uri.query().unwrap_or_default()) {
            return Err(Problem::invalid_query().detail(NO_NUL));
        }
        match Query::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::invalid_query().detail(rejection.body_text())),
        }
    }
}

const NO_NUL: &str = "No name of ours holds the character NUL.";

/// No text that PostgreSQL stores holds it, and asking for it anyway is an error there.
fn holds_nul(text: &str) -> bool {
    text.contains("%00")
}

fn invalid_path() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-path",
        "A part of the address is wrong",
    )
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        count: u32,
    }

    async fn read(media_type: &str, body: impl Into<Body>) -> Result<Order, Problem> {
        let request = Request::builder()
            .header(CONTENT_TYPE, media_type)
            .body(body.into())
            .unwrap();
        JsonBody::from_request(request, &())
            .await
            .map(|JsonBody(order)| order)
    }

    #[tokio::test]
    async fn a_json_body_is_read() {
        let order = read(
            "application/json; charset=utf-8",
            r#"{"lines":[{"count":2}]}"#,
        );
        assert_eq!(order.await.unwrap().lines[0].count, 2);
    }

    #[tokio::test]
    async fn each_kind_of_wrong_body_has_its_own_problem() {
        let long = format!("{{\"lines\":[{}", " ".repeat(JSON_LIMIT_BYTES));
        for (media_type, body, status, code) in [
            ("text/plain", "{}", 415, "json-wanted"),
            ("application/json", "{", 400, "malformed-json"),
            ("application/json", "", 400, "malformed-json"),
            (
                "application/json",
                r#"{"lines":[]} 1"#,
                400,
                "malformed-json",
            ),
            ("application/json", "{}", 422, "invalid-body"),
            ("application/json", long.as_str(), 413, "body-too-large"),
        ] {
            let problem = read(media_type, body.to_owned()).await.unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.code()), (status, code));
        }
    }

    #[tokio::test]
    async fn nul_stays_outside() {
        let request = Request::builder().uri("/x?name=a%00b").body(Body::empty());
        let (mut parts, _) = request.unwrap().into_parts();
        let read = QueryOf::<Vec<(String, String)>>::from_request_parts(&mut parts, &()).await;
        assert_eq!(read.unwrap_err().code(), "invalid-query");
    }

    #[tokio::test]
    async fn a_wrong_value_is_pointed_at() {
        let body = r#"{"lines":[{"count":2},{"count":"many"}]}"#;
        let problem = read("application/json", body).await.unwrap_err();
        let text = format!("{problem:?}");
        assert!(text.contains("/lines/1/count"), "{text}");
        assert!(!text.contains("at line"), "{text}");
    }
}
