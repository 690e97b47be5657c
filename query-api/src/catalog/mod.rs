//! Questions about garments.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod browse_garments;
mod show_garment;

pub use self::{
    browse_garments::{CardDocument, CardPage, ColourDocument, MoneyDocument},
    show_garment::GarmentDocument,
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(browse_garments::browse_garments))
        .routes(routes!(show_garment::show_garment))
}
