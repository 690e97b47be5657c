//! Passkeys (Web Authentication level 3): discoverable, with the user verified, so that one is both factors.
//!
//! `webauthn_rp` checks what authenticators say; here is who may ask, what is remembered, and that a challenge is good once.

mod ceremony;
mod list_passkeys;
mod register_passkey;
mod relying_party;
mod remove_passkey;
mod rename_passkey;
mod sign_in_with_passkey;
mod start_passkey;
mod start_passkey_sign_in;

use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::relying_party::{RelyingParty, RelyingPartyError};
use crate::Identity;

/// Passkeys that an account may have.
const PASSKEYS: i64 = 20;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(start_passkey::start_passkey))
        .routes(routes!(
            list_passkeys::list_passkeys,
            register_passkey::register_passkey
        ))
        .routes(routes!(
            rename_passkey::rename_passkey,
            remove_passkey::remove_passkey
        ))
        .routes(routes!(start_passkey_sign_in::start_passkey_sign_in))
        .routes(routes!(sign_in_with_passkey::sign_in_with_passkey))
}
