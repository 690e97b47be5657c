//! The stock of garments: counted, adjusted.

mod adjust_stock;
mod count_stock;
mod execute;
mod reason;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(count_stock::count_stock))
        .routes(routes!(adjust_stock::adjust_stock))
}
