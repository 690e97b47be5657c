//! Questions about wardrobes.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod names;
mod show_look;
mod show_wardrobe;

pub use self::{
    show_look::LookDocument,
    show_wardrobe::{
        FavouriteDocument, OutfitDocument, OwnedGarmentDocument, SharedDocument, WardrobeDocument,
    },
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(show_wardrobe::show_wardrobe))
        .routes(routes!(show_look::show_look))
}
