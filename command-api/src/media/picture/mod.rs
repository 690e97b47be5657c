//! Pictures: uploaded here; the image processor does the rest.

mod body;
mod normalise;
mod record_upload;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(record_upload::upload_picture))
}
