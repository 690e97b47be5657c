//! A forgotten password.

mod confirm_recovery;
mod request_recovery;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(request_recovery::request_recovery))
        .routes(routes!(confirm_recovery::confirm_recovery))
}
