//! Questions about garments.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod browse_garments;
mod difference;
mod garment_by_slug;
mod garment_history;
mod show_garment;

pub use self::{
    browse_garments::{
        CardDocument, CardPage, ColourDocument, EarlierPriceDocument, MoneyDocument,
    },
    difference::Change,
    garment_history::{VersionDocument, VersionPage},
    show_garment::{GarmentDocument, LocalTextDocument},
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(browse_garments::browse_garments))
        .routes(routes!(show_garment::show_garment))
        .routes(routes!(garment_by_slug::garment_by_slug))
        .routes(routes!(garment_history::garment_history))
}
