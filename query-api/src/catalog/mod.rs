//! Questions about garments.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod browse_garments;
mod collection_document;
mod difference;
mod garment_by_slug;
mod garment_cutout;
mod garment_history;
mod garment_stock;
mod garment_try_on;
mod list_categories;
mod list_collections;
mod page_reader;
mod show_collection;
mod show_garment;

pub use self::{
    browse_garments::{
        CardDocument, CardPage, ColourDocument, EarlierPriceDocument, MoneyDocument,
    },
    collection_document::{
        CollectionDocument, CollectionPage, LocalWordsDocument, MembersDocument, RuleDocument,
        RulePriceDocument, RuleSortDocument,
    },
    difference::Change,
    garment_cutout::{BoundsDocument, CutoutDocument},
    garment_history::{VersionDocument, VersionPage},
    garment_stock::{Availability, SizeStockDocument, StockDocument},
    garment_try_on::GarmentTryOnDocument,
    list_categories::{CategoryDocument, CategoryTree},
    show_garment::{GarmentDocument, LocalTextDocument},
};

pub(crate) use self::page_reader::PageReader;

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(browse_garments::browse_garments))
        .routes(routes!(show_garment::show_garment))
        .routes(routes!(garment_by_slug::garment_by_slug))
        .routes(routes!(garment_history::garment_history))
        .routes(routes!(garment_stock::garment_stock))
        .routes(routes!(list_collections::list_collections))
        .routes(routes!(show_collection::show_collection))
        .routes(routes!(list_categories::list_categories))
}
