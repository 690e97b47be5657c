//! Signing up: an address that is shown to be somebody's, or nothing at all.

mod confirm_sign_up;
mod request_sign_up;
mod sign_up_guest;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::request_sign_up::MailSent;
use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(request_sign_up::request_sign_up))
        .routes(routes!(confirm_sign_up::confirm_sign_up))
        .routes(routes!(sign_up_guest::sign_up_guest))
}
