//! How a browser or a program gets hold of its session.

use axum::{
    Extension, Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, SET_COOKIE},
};
use http_kit::{Problem, Roles, SESSION_COOKIE, ToldOnce};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::open_session::OpenedSession;
use crate::{
    Identity,
    role::{RoleBody, bodies},
};

/// How the secret of a session is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Delivery {
    /// As a cookie that scripts cannot read: for browsers.
    #[default]
    Cookie,
    /// In the answer, for `Authorization: Bearer`: for programs.
    Token,
    /// As a short access token that other services can check by themselves, and what renews it: for apps.
    Access,
}

/// Somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedIn {
    /// The account.
    pub(crate) account: Uuid,
    /// What it may do.
    pub(crate) roles: Vec<RoleBody>,
    /// The session; it can be ended under `/v1/me/sessions`.
    session: Uuid,
    /// When it ends at the latest. Unused, it ends sooner.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: OffsetDateTime,
    /// What opens it, if it was to be delivered here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "drs_5f0c7f349a7d4c55a1a24a6f0f6b0f0e")]
    token: Option<String>,
    /// For `Authorization: Bearer`, here and at whoever knows the keys of `/.well-known/jwks.json`, if it was to be delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2lnbmVk"
    )]
    access_token: Option<String>,
    /// When the access token ends.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    access_expires_at: Option<OffsetDateTime>,
    /// Renews the access token, once, with `POST /v1/access-tokens`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "drr_5f0c7f349a7d4c55a1a24a6f0f6b0f0e")]
    refresh_token: Option<String>,
    /// Whoever signs in as a guest had a wardrobe: with this token, for ten minutes, `POST /v1/wardrobe/merge` takes it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "drs_0e5f0c7f349a7d4c55a1a24a6f0f6b0f")]
    guest_token: Option<String>,
}

impl Identity {
    /// The answer to whoever has signed in.
    pub(crate) async fn signed_in(
        &self,
        (account, roles): (Uuid, Roles),
        opened: OpenedSession,
        delivery: Delivery,
        guest: Option<OpenedSession>,
    ) -> Result<Response, Problem> {
        let cookie = cookie(&opened.secret, opened.lifetime.as_secs());
        let access = match opened.refresh {
            Some(refresh) => {
                let who = (account, opened.id);
                Some(self.access_tokens(who, roles, refresh).await?)
            }
            None => None,
        };
        let document = SignedIn {
            account,
            roles: bodies(roles),
            session: opened.id,
            expires_at: opened.expires_at,
            token: (delivery == Delivery::Token).then_some(opened.secret),
            access_expires_at: access.as_ref().map(|access| access.access_expires_at),
            refresh_token: access.as_ref().map(|access| access.refresh_token.clone()),
            access_token: access.map(|access| access.access_token),
            guest_token: guest.map(|guest| guest.secret),
        };
        let (once, header) = not_kept();
        let mut response = (StatusCode::OK, once, header, Json(document)).into_response();
        if delivery == Delivery::Cookie {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// Nobody may keep an answer with a secret, neither on its way nor as the first answer to a request that comes again.
pub(crate) fn not_kept() -> (Extension<ToldOnce>, [(http::HeaderName, HeaderValue); 1]) {
    let header = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (Extension(ToldOnce), header)
}

/// The cookie of a session; with no seconds left, the browser forgets it.
pub(super) fn cookie(secret: &str, seconds: u64) -> HeaderValue {
    let text = format!(
        "{SESSION_COOKIE}={secret}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax"
    );
    // Letters, digits and signs that every header takes.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}
