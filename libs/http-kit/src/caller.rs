//! Who asks. The seam behind which sign-in lives.

use std::{fmt, str::FromStr, sync::Arc};

use axum::{Extension, extract::FromRequestParts};
use http::{StatusCode, header::AUTHORIZATION, request::Parts};
use thiserror::Error;

use crate::Problem;

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Browses and tries things on.
    Shopper,
    /// Keeps the catalogue.
    Merchandiser,
    /// Replays what happened.
    Analyst,
    /// Runs the system.
    Admin,
}

/// The text is no role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a role is one of shopper, merchandiser, analyst, admin")]
pub struct UnknownRole;

impl Role {
    /// The name in configuration and tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shopper => "shopper",
            Self::Merchandiser => "merchandiser",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        [
            Self::Shopper,
            Self::Merchandiser,
            Self::Analyst,
            Self::Admin,
        ]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or(UnknownRole)
    }
}

/// Who sent a request.
///
/// As an extractor it demands that somebody is signed in, else 401.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What they may do.
    pub role: Role,
    /// Their account's opaque id.
    pub account: String,
}

impl Caller {
    /// Demands one of these roles, else 403.
    pub fn require(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        let wanted: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        Err(
            Problem::new(StatusCode::FORBIDDEN, "forbidden", "You may not do this")
                .detail(format!("this is for: {}", wanted.join(", "))),
        )
    }
}

/// Knows whose token it is.
pub trait Authenticator: Send + Sync {
    /// The caller behind a bearer token, if it is good.
    fn authenticate(&self, bearer: &str) -> Option<Caller>;
}

/// The layer that lets the extractors know who may come in.
pub fn authenticate_with(
    authenticator: Arc<dyn Authenticator>,
) -> Extension<Arc<dyn Authenticator>> {
    Extension(authenticator)
}

/// Who sent a request, if they said so. A wrong token is refused even where none is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalCaller(pub Option<Caller>);

impl<S: Send + Sync> FromRequestParts<S> for OptionalCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(AUTHORIZATION) else {
            return Ok(Self(None));
        };
        let (scheme, token) = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .ok_or_else(Problem::unauthenticated)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::unauthenticated().detail("Use a bearer token."));
        }
        let Some(authenticator) = parts.extensions.get::<Arc<dyn Authenticator>>() else {
            tracing::error!("the router has no layer from authenticate_with");
            return Err(Problem::internal());
        };
        match authenticator.authenticate(token.trim()) {
            Some(caller) => Ok(Self(Some(caller))),
            None => Err(Problem::unauthenticated().detail("This token is not known.")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let OptionalCaller(caller) = OptionalCaller::from_request_parts(parts, state).await?;
        caller.ok_or_else(Problem::unauthenticated)
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::StaticTokens;

    const ACCOUNT: &str = "01900000-0000-7000-8000-000000000001";

    async fn status(authorization: Option<&str>) -> StatusCode {
        let tokens = StaticTokens::parse(&format!("t0ken:shopper:{ACCOUNT}")).unwrap();
        let shoppers = |caller: Caller| async move { caller.require(&[Role::Shopper]) };
        let admins = |caller: Caller| async move { caller.require(&[Role::Admin]) };
        let app = Router::new()
            .route("/shop", get(shoppers))
            .route("/admin", get(admins))
            .layer(authenticate_with(Arc::new(tokens)));
        let path = if authorization == Some("Bearer t0ken admin") {
            "/admin"
        } else {
            "/shop"
        };
        let mut request = Request::get(path);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value.trim_end_matches(" admin"));
        }
        app.oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
            .status()
    }

    #[tokio::test]
    async fn a_caller_is_known_by_a_good_token_only() {
        assert_eq!(status(Some("Bearer t0ken")).await, 200);
        assert_eq!(status(Some("bearer t0ken")).await, 200);
        for bad in [
            None,
            Some("Bearer t0kem"),
            Some("Bearer "),
            Some("Basic t0ken"),
            Some("t0ken"),
        ] {
            assert_eq!(status(bad).await, 401, "{bad:?}");
        }
    }

    #[tokio::test]
    async fn a_role_opens_only_its_own_doors() {
        assert_eq!(status(Some("Bearer t0ken admin")).await, 403);
    }
}
