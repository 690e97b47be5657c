//! Try-ons: requested, cancelled. The worker does the rest.

mod cancel_try_on;
mod request_try_on;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(request_try_on::request_try_on))
        .routes(routes!(cancel_try_on::cancel_try_on))
}
