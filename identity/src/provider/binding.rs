//! What stays in the browser that was sent to a provider: whoever comes back without it was sent by somebody else.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{HeaderValue, header::COOKIE, request::Parts};
use http_kit::SecretToken;

/// Its cookie: this host only, TLS only, no script.
const NAME: &str = "__Host-drape-provider";

/// Seconds that somebody may take at the provider.
const LIFETIME_S: u32 = 600;

/// The cookie of the browser that asks, if it has one.
pub(super) struct Binding(pub(super) Option<SecretToken>);

impl<S: Send + Sync> FromRequestParts<S> for Binding {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let values = parts.headers.get_all(COOKIE).into_iter();
        let found = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == NAME);
        Ok(Self(found.and_then(|(_, value)| value.parse().ok())))
    }
}

/// `Set-Cookie` for a browser that is sent away.
pub(super) fn cookie(token: &SecretToken) -> HeaderValue {
    let secret = token.reveal();
    let text =
        format!("{NAME}={secret}; Path=/; Max-Age={LIFETIME_S}; Secure; HttpOnly; SameSite=Lax");
    // Letters, digits and signs that every header takes.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}
