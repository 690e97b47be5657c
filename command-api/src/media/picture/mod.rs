//! Pictures: uploaded here; the image processor does the rest.

mod body;
mod choose_focal_point;
mod give_consent;
mod normalise;
mod own_picture;
mod photo_policy;
mod record_upload;
mod remove_picture;
mod withdraw_consent;

use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::{
    body::read as read_picture,
    normalise::problem as unusable_picture,
    photo_policy::{PhotoPolicy, PhotoSubjectParam},
};
use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(record_upload::upload_picture))
        .routes(routes!(remove_picture::remove_picture))
        .routes(routes!(choose_focal_point::choose_focal_point))
        .routes(routes!(
            give_consent::give_consent,
            withdraw_consent::withdraw_consent
        ))
}
