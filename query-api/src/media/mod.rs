//! Questions about pictures.

use domain::media::picture::Purpose;
use http_kit::{Caller, Role};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{QueryApi, audience::is_account};

mod byte_range;
mod displays;
mod download_rendition;
mod fill_links;
mod link_keys;
mod picture_link;
mod show_display;
mod show_photo_policy;
mod show_picture;

use self::download_rendition::{absent, removed};
pub(crate) use self::{
    displays::Displays,
    fill_links::{filled_for_all, pictures_of},
};
pub use self::{
    link_keys::{LinkKeys, LinkKeysError},
    picture_link::PictureLinkDocument,
    show_display::{FocalPointDocument, PictureDisplayDocument, SourceSetDocument},
    show_photo_policy::PhotoPolicyDocument,
    show_picture::{ConsentDocument, PictureDocument, RemovalDocument, RenditionDocument},
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(show_picture::show_picture))
        .routes(routes!(show_display::show_display))
        .routes(routes!(download_rendition::download_rendition))
        .routes(routes!(show_photo_policy::show_photo_policy))
}

/// The catalogue's pictures are public, and so are the garments that were cut out of them.
fn is_public(purpose: &str) -> bool {
    [Purpose::Catalogue, Purpose::Cutout]
        .map(Purpose::as_str)
        .contains(&purpose)
}

/// What is not public belongs to its owner.
fn may_see(caller: Option<&Caller>, purpose: &str, owner: Option<Uuid>) -> bool {
    is_public(purpose)
        || is_account(caller, owner)
        || caller.is_some_and(|caller| caller.is(Role::Admin))
}
