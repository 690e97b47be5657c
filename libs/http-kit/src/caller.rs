//! Who asks. The seam behind which sign-in lives.

use std::{pin::Pin, sync::Arc};

use axum::{Extension, extract::FromRequestParts};
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, COOKIE},
    request::Parts,
};
use uuid::Uuid;

use crate::{Problem, Role, Roles};

/// The cookie that says who a browser belongs to. Its prefix binds it to this host and to TLS (RFC 6265bis, 4.1.3.2).
pub const SESSION_COOKIE: &str = "__Host-drape";

/// Who sent a request.
///
/// As an extractor it demands that somebody is signed in, else 401.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What they may do.
    pub roles: Roles,
    /// Their account's opaque id.
    pub account: String,
    /// The sign-in that the request belongs to; none for a configured token or an API key.
    pub session: Option<Uuid>,
}

impl Caller {
    /// A caller with one role and no sign-in.
    pub fn new(role: Role, account: impl Into<String>) -> Self {
        Self {
            roles: role.into(),
            account: account.into(),
            session: None,
        }
    }

    /// Their account's id; 403 where a configured token stands for none.
    pub fn account_id(&self) -> Result<Uuid, Problem> {
        Uuid::try_parse(&self.account).map_err(|_| {
            Problem::new(
                StatusCode::FORBIDDEN,
                "account-missing",
                "This needs an account",
            )
        })
    }

    /// Whether they have this role.
    pub const fn is(&self, role: Role) -> bool {
        self.roles.contains(role)
    }

    /// Demands one of these roles, else 403.
    pub fn require(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.iter().any(|role| self.is(*role)) {
            return Ok(());
        }
        let wanted: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        Err(
            Problem::new(StatusCode::FORBIDDEN, "forbidden", "You may not do this")
                .detail(format!("this is for: {}", wanted.join(", "))),
        )
    }
}

/// What a request brings to say who sent it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// `Authorization: Bearer …`.
    Bearer(&'a str),
    /// The value of [`SESSION_COOKIE`].
    Cookie(&'a str),
}

/// An [`Authenticator`] at work: the caller if the credential is good, a problem if that cannot be said now.
pub type Authenticating<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Caller>, Problem>> + Send + 'a>>;

/// Knows whose credential it is.
pub trait Authenticator: Send + Sync {
    /// The caller behind a credential, if it is good.
    fn authenticate<'a>(&'a self, credential: Credential<'a>) -> Authenticating<'a>;
}

/// The layer that lets the extractors know who may come in.
pub fn authenticate_with(
    authenticator: Arc<dyn Authenticator>,
) -> Extension<Arc<dyn Authenticator>> {
    Extension(authenticator)
}

/// Who sent a request, if they said so.
///
/// A wrong token is refused even where none is needed. A cookie that is no longer good is nobody's: browsers send it with
/// every request, and who only looks around need not sign in again for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalCaller(pub Option<Caller>);

/// The answer to who sent this request: a credential is looked up once, however many ask.
#[derive(Clone)]
struct Known(Result<Option<Caller>, Problem>);

impl<S: Send + Sync> FromRequestParts<S> for OptionalCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if let Some(Known(answer)) = parts.extensions.get::<Known>() {
            return answer.clone().map(Self);
        }
        let answer = look_up(parts).await;
        parts.extensions.insert(Known(answer.clone()));
        answer.map(Self)
    }
}

async fn look_up(parts: &Parts) -> Result<Option<Caller>, Problem> {
    let Some(credential) = credential_of(&parts.headers)? else {
        return Ok(None);
    };
    let Some(authenticator) = parts.extensions.get::<Arc<dyn Authenticator>>() else {
        tracing::error!("the router has no layer from authenticate_with");
        return Err(Problem::internal());
    };
    match (authenticator.authenticate(credential).await?, credential) {
        (Some(caller), _) => Ok(Some(caller)),
        (None, Credential::Cookie(_)) => Ok(None),
        (None, Credential::Bearer(_)) => {
            Err(Problem::unauthenticated().detail("This token is not known."))
        }
    }
}

/// What the headers bring; a token goes before a cookie.
pub fn credential_of(headers: &HeaderMap) -> Result<Option<Credential<'_>>, Problem> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(cookie(headers, SESSION_COOKIE).map(Credential::Cookie));
    };
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or_else(Problem::unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::unauthenticated().detail("Use a bearer token."));
    }
    Ok(Some(Credential::Bearer(token.trim())))
}

/// The value of the first cookie with this name.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(COOKIE).into_iter();
    let pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
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
        status_with(AUTHORIZATION, authorization).await
    }

    async fn status_with(header: http::HeaderName, authorization: Option<&str>) -> StatusCode {
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
            request = request.header(header, value.trim_end_matches(" admin"));
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
    async fn configured_tokens_are_no_cookies() {
        for cookie in ["__Host-drape=t0ken", "a=b; __Host-drape=t0ken", "t0ken"] {
            assert_eq!(status_with(COOKIE, Some(cookie)).await, 401, "{cookie}");
        }
    }

    #[test]
    fn a_token_goes_before_a_cookie() {
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            "other=1; __Host-drape=c00kie; last=2".parse().unwrap(),
        );
        assert!(credential_of(&headers).unwrap() == Some(Credential::Cookie("c00kie")));
        headers.insert(AUTHORIZATION, "Bearer t0ken".parse().unwrap());
        assert!(credential_of(&headers).unwrap() == Some(Credential::Bearer("t0ken")));
    }

    #[tokio::test]
    async fn a_role_opens_only_its_own_doors() {
        assert_eq!(status(Some("Bearer t0ken admin")).await, 403);
    }
}
