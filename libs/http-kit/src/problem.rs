//! Problems: what a client is told when a request fails (RFC 9457).

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::entity_tag::with_version;

/// One mistake in a request's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: a JSON pointer such as `/price/minor`; empty for the whole body.
    #[schema(example = "/price/minor")]
    pub pointer: String,
    /// What is wrong with it, for people.
    pub detail: String,
}

/// What a client is told when a request fails.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Document {
    /// What sort of problem it is, as a relative address: `/problems/<code>`.
    #[schema(example = "/problems/garment-not-found")]
    r#type: String,
    /// The sort of problem in a few words; the same for all problems of this sort.
    title: Cow<'static, str>,
    /// The HTTP status, again.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// A stable name for programs.
    #[schema(example = "garment-not-found")]
    code: Cow<'static, str>,
    /// What happened this time, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// Which request or thing it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    instance: Option<String>,
    /// The version that the thing has, where the request was meant for another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    version: Option<u64>,
    /// What belongs into the next request, where that is what is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0e5f0c7f349a7d4c55a1a24a6f0f6b0f")]
    challenge: Option<String>,
    /// Each mistake in the body, where there are several or their place is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(inline, required = false)]
    errors: Vec<FieldError>,
    /// What our logs call the request: the trace id of its `traceparent`, else its `X-Request-Id`.
    // Known to `RequestName` only, which writes it into what leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        required,
        nullable = false,
        example = "4bf92f3577b34da6a3ce929d0e0e4736"
    )]
    trace_id: Option<String>,
}

#[derive(Debug, Clone)]
struct Parts {
    document: Document,
    headers: HeaderMap,
}

/// A failed request's answer: `application/problem+json`.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

impl Problem {
    /// A problem with a status, a stable kebab-case code and a title that says the sort of problem in a few words.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        let code = code.into();
        let document = Document {
            r#type: format!("/problems/{code}"),
            title: title.into(),
            status: status.as_u16(),
            code,
            detail: None,
            instance: None,
            version: None,
            challenge: None,
            errors: Vec::new(),
            trace_id: None,
        };
        Self(Box::new(Parts {
            document,
            headers: HeaderMap::new(),
        }))
    }

    /// 401: nobody is signed in, or the token is not known.
    pub fn unauthenticated() -> Self {
        let mut problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Sign in to do this",
        );
        let bearer = HeaderValue::from_static("Bearer");
        problem.0.headers.insert(WWW_AUTHENTICATE, bearer);
        problem
    }

    /// 400: a parameter behind the question mark is wrong.
    pub fn invalid_query() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid-query",
            "A query parameter is wrong",
        )
    }

    /// 422: the body has the right form and wrong values; name each with [`Problem::pointer`].
    pub fn invalid_body() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-body",
            "The request's body has mistakes",
        )
    }

    /// 413: more bytes than this endpoint takes.
    pub fn body_too_large(limit_bytes: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "The request's body is too large",
        )
        .detail(format!("at most {limit_bytes} bytes are taken"))
    }

    /// 422: this `Idempotency-Key` stood for another request before.
    pub fn idempotency_key_reused() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "This Idempotency-Key was used for another request",
        )
    }

    /// 400: the body ended before its end.
    pub fn body_broken_off() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "body-unread",
            "The request's body broke off",
        )
    }

    /// 408: the body did not arrive in time.
    pub fn body_too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "body-too-slow",
            "The request's body did not arrive in time",
        )
    }

    /// 500: a mistake of ours. Log the cause where it is found; the client learns nothing about it.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side",
        )
    }

    /// 503: a store or service is out of reach for now.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "This is not available at the moment",
        )
        .retry_after(2)
    }

    /// What happened this time, for people.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.document.detail = Some(detail.into());
        self
    }

    /// What belongs into the next request: a secret, which must not be kept on its way.
    #[must_use]
    pub fn challenge(mut self, challenge: impl Into<String>) -> Self {
        self.0.document.challenge = Some(challenge.into());
        self
    }

    /// Which request or thing it happened to: a relative address.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.0.document.instance = Some(instance.into());
        self
    }

    /// 412: the request was meant for another version of the thing than the one that it has.
    pub fn version_outdated(expected: u64, found: u64) -> Self {
        let mut problem = Self::new(
            StatusCode::PRECONDITION_FAILED,
            "version-outdated",
            "The thing has changed since you read it",
        )
        .detail(format!(
            "It was to change version {expected} and is at version {found}. Read it again."
        ));
        problem.0.document.version = Some(found);
        problem.0.headers.extend(with_version(found));
        problem
    }

    /// Adds a mistake at a place of the body: a JSON pointer and what is wrong there.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.document.errors.push(FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        });
        self
    }

    /// When it is worth trying again, in seconds from now.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.headers.insert(RETRY_AFTER, seconds.into());
        self
    }

    /// What our logs call the request, where no layer says so.
    #[must_use]
    pub fn traced(mut self, trace_id: impl Into<String>) -> Self {
        self.0.document.trace_id = Some(trace_id.into());
        self
    }

    /// The document, for where no response can be made of it.
    pub fn to_json(&self) -> Vec<u8> {
        // A document of strings and one number always serialises.
        serde_json::to_vec(&self.0.document).unwrap_or_default()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.document.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The stable name of the sort of problem.
    pub fn code(&self) -> &str {
        &self.0.document.code
    }

    /// Whether a mistake was named with [`Problem::pointer`].
    pub fn has_pointers(&self) -> bool {
        !self.0.document.errors.is_empty()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, body) = (self.status(), self.to_json());
        let Parts { mut headers, .. } = *self.0;
        let media_type = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, media_type);
        (status, headers, body).into_response()
    }
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Document::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Problem")
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_problem_names_its_sort_and_every_mistake() {
        let problem = Problem::invalid_body()
            .detail("the price is wrong")
            .pointer("/price/minor", "must be a whole number")
            .retry_after(3);
        let response = problem.into_response();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[RETRY_AFTER], "3");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
        insta::assert_json_snapshot!(json, @r#"
        {
          "code": "invalid-body",
          "detail": "the price is wrong",
          "errors": [
            {
              "detail": "must be a whole number",
              "pointer": "/price/minor"
            }
          ],
          "status": 422,
          "title": "The request's body has mistakes",
          "type": "/problems/invalid-body"
        }
        "#);
    }

    #[test]
    fn a_stranger_is_told_how_to_sign_in() {
        let response = Problem::unauthenticated().into_response();
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    }
}
