//! What searches show first.

mod pin_search;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(pin_search::pin_search))
}
