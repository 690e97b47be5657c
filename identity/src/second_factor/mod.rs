//! A second factor: an app that shows codes, and codes on paper for when it is lost.

mod check;
mod confirm_totp;
mod enrol_totp;
mod half_sign_in;
mod list_second_factors;
mod recovery_codes;
mod redeem_second_factor;
mod remove_totp;
mod renew_recovery_codes;
mod totp;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::check::Shown;
use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(list_second_factors::list_second_factors))
        .routes(routes!(enrol_totp::enrol_totp, remove_totp::remove_totp))
        .routes(routes!(remove_totp::remove_second_factor))
        .routes(routes!(confirm_totp::confirm_totp))
        .routes(routes!(renew_recovery_codes::renew_recovery_codes))
        .routes(routes!(redeem_second_factor::redeem_second_factor))
}
