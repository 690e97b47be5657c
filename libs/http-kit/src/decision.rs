//! What a decision about others leaves behind: who took it, from where, and why.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Caller, ClientNetwork, Problem, QueryOf,
    command_key::{correlation_id, traceparent},
};

/// Characters of a reason at most.
const LONGEST: usize = 200;

/// Why somebody decides something about others.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReasonQuery {
    /// Why, on one line. It stays in the log for good: no names, no addresses.
    #[param(
        required = false,
        nullable = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]{0,198}[^\s\x00-\x1f\x7f-\x9f])?$",
        example = "shares an account with a shop"
    )]
    reason: Option<String>,
}

/// Who decides something about others, from where, and why.
///
/// As an extractor it demands that somebody is signed in, else 401, and takes [`ReasonQuery`], else 400. What they may do is not
/// asked here.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Who takes it.
    pub caller: Caller,
    /// The network that it comes from, so wide that it points at nobody; none where that is not known.
    pub from: Option<String>,
    /// Why: 1 to 200 characters on one line.
    pub reason: Option<String>,
    /// The request that it belongs to.
    pub correlation_id: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Decision {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let QueryOf(ReasonQuery { reason }) = QueryOf::from_request_parts(parts, state).await?;
        if reason.as_deref().is_some_and(|reason| !is_reason(reason)) {
            return Err(Problem::invalid_query()
                .detail("reason: 1 to 200 characters on one line, without space at either end"));
        }
        let network = parts.extensions.get::<ClientNetwork>();
        let known = network.filter(|network| !network.0.is_unspecified());
        Ok(Self {
            caller,
            from: known.map(|network| network.wide()),
            reason,
            correlation_id: correlation_id(&parts.headers),
            traceparent: traceparent(&parts.headers),
        })
    }
}

fn is_reason(text: &str) -> bool {
    (1..=LONGEST).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Request;

    use super::*;
    use crate::{Authenticator, StaticTokens};

    async fn decision(query: &str, from: Option<&str>) -> Result<Decision, Problem> {
        let tokens = StaticTokens::parse("t:admin:01900000-0000-7000-8000-000000000001").unwrap();
        let request = Request::put(format!("/things/1/state{query}"))
            .header("authorization", "Bearer t")
            .header("x-request-id", "r-1");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let authenticator: Arc<dyn Authenticator> = Arc::new(tokens);
        parts.extensions.insert(authenticator);
        if let Some(address) = from {
            let network = ClientNetwork::of(address.parse().unwrap());
            parts.extensions.insert(network);
        }
        Decision::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn a_decision_is_somebodys_from_somewhere_and_for_a_reason() {
        let found = decision("?reason=asked%20for%20it", Some("203.0.113.7"));
        let found = found.await.unwrap();
        assert_eq!(found.from.as_deref(), Some("203.0.113.0/24"));
        assert_eq!(found.reason.as_deref(), Some("asked for it"));
        assert_eq!(found.correlation_id.as_deref(), Some("r-1"));
        assert_eq!(found.caller.account, "01900000-0000-7000-8000-000000000001");
    }

    #[tokio::test]
    async fn where_and_why_may_be_unknown() {
        let found = decision("", None).await.unwrap();
        assert_eq!((found.from, found.reason), (None, None));
    }

    #[tokio::test]
    async fn a_reason_is_short_and_on_one_line() {
        let long = format!("?reason={}", "x".repeat(201));
        for bad in ["?reason=", "?reason=%20x", "?reason=a%0Ab", "?why=x", &long] {
            let refused = decision(bad, None).await.unwrap_err();
            assert_eq!(refused.code(), "invalid-query", "{bad}");
        }
    }
}
