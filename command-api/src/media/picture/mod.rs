//! Pictures: uploaded here; the image processor does the rest.

mod body;
mod choose_focal_point;
mod normalise;
mod record_upload;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(record_upload::upload_picture))
        .routes(routes!(choose_focal_point::choose_focal_point))
}
