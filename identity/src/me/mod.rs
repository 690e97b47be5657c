//! What belongs to whoever is signed in.

mod change_password;
mod prove;
mod record;
mod show_me;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(show_me::show_me))
        .routes(routes!(prove::prove))
        .routes(routes!(change_password::change_password))
}
