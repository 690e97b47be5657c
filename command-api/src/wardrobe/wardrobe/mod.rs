//! Wardrobes: favourites, garments that are owned, outfits, links to them, and what another account had.

mod add_favourite;
mod disown_garment;
mod execute;
mod merge_wardrobe;
mod outfit;
mod own_garment;
mod remove_favourite;
mod remove_outfit;
mod revise_outfit;
mod save_outfit;
mod share_outfit;
mod unshare_outfit;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(
            add_favourite::add_favourite,
            remove_favourite::remove_favourite
        ))
        .routes(routes!(
            own_garment::own_garment,
            disown_garment::disown_garment
        ))
        .routes(routes!(save_outfit::save_outfit))
        .routes(routes!(
            revise_outfit::revise_outfit,
            remove_outfit::remove_outfit
        ))
        .routes(routes!(
            share_outfit::share_outfit,
            unshare_outfit::unshare_outfit
        ))
        .routes(routes!(merge_wardrobe::merge_wardrobe))
}
