//! The stock of garments: counted, adjusted, and when it is low.

mod adjust_stock;
mod count_stock;
mod execute;
mod reason;
mod set_low_stock_level;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(count_stock::count_stock))
        .routes(routes!(adjust_stock::adjust_stock))
        .routes(routes!(set_low_stock_level::set_low_stock_level))
}
