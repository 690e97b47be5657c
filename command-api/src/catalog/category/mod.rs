//! Names of places in the tree of categories.

mod execute;
mod name_category;
mod unname_category;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(
        name_category::name_category,
        unname_category::unname_category
    ))
}
