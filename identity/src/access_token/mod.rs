//! Access tokens that other services check by themselves (RFC 9068), short-lived, and the tokens that renew them.
//!
//! A session is the family of its refresh tokens: it ends when one of them is brought a second time, and with it everything that
//! was issued in it. Here an access token opens as much as its session does, and nothing once that has ended; elsewhere it is
//! believed for the ten minutes that it lasts.

mod keyring;
mod list_signing_keys;
mod refresh_access_token;
mod refresh_token;
mod replace_signing_keys;
mod signing_key;
mod signing_keys;

use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::keyring::{AccessClaims, Keyring, NoKeyring};
pub(crate) use self::{
    refresh_token::{IssuedRefreshToken, NewRefreshToken, issue_in_tx},
    signing_keys::SigningKeys,
};
use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(refresh_access_token::refresh_access_token))
        .routes(routes!(list_signing_keys::list_signing_keys))
        .routes(routes!(replace_signing_keys::replace_signing_keys))
}
