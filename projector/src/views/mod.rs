//! One file per view: its rows, its document, how it follows from events.

use serde::Serialize;
use uuid::Uuid;

use crate::{error::ApplyError, view::AnyView};

mod audit_entry;
mod category;
mod collection;
mod garment_card;
mod garment_cutout;
mod garment_page;
mod garment_stock;
mod garment_try_on;
mod garment_version;
mod picture;
mod picture_display;
mod pinned_search;
mod prices;
mod tryon_status;
mod wardrobe;
mod wardrobe_picks;

pub use self::{
    audit_entry::{AdminDecision, AdminDecisions, AuditDocument, AuditEntry, AuditRow},
    category::{Category, CategoryDocument, CategoryRow},
    collection::{Collection, CollectionDocument, CollectionRow},
    garment_card::{Card, CardRow, GarmentCard, Said},
    garment_cutout::GarmentCutout,
    garment_page::{GarmentPage, Page, PageRow},
    garment_stock::{GarmentStock, SizeStock, StockDocument},
    garment_try_on::{GarmentOrLook, GarmentTryOn, Looked, LookedAtGarments},
    garment_version::{GarmentVersion, VersionsRow},
    picture::{Picture, PictureDocument, Refusal, RenditionDocument},
    picture_display::{FocalPointDocument, PictureDisplay, SourceSet},
    pinned_search::{PinnedSearch, PinnedSearchDocument, PinnedSearchRow},
    prices::EarlierPrice,
    tryon_status::{Reason, Status, TryonStatus},
    wardrobe::{
        Favourite, OutfitDocument, OwnedGarment, SharedDocument, Wardrobe, WardrobeDocument,
        WardrobeRow,
    },
};

/// All views.
pub fn all() -> [AnyView; 11] {
    [
        AnyView::of::<GarmentCard>(),
        AnyView::of::<GarmentPage>(),
        AnyView::of::<GarmentVersion>(),
        AnyView::of::<GarmentStock>(),
        AnyView::of::<Collection>(),
        AnyView::of::<Category>(),
        AnyView::of::<PinnedSearch>(),
        AnyView::of::<TryonStatus>(),
        AnyView::of::<Picture>(),
        AnyView::of::<Wardrobe>(),
        AnyView::of::<AuditEntry>(),
    ]
}

/// The documents of the rows, as clients get them.
fn documents<R, D: Serialize>(
    rows: &[(Uuid, R)],
    of: impl Fn(&R) -> &D,
) -> Result<Vec<String>, ApplyError> {
    let document = |(_, row): &(Uuid, R)| Ok(serde_json::to_string(of(row))?);
    rows.iter().map(document).collect()
}
