//! Looking for garments: by words, by facets, by likeness.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod document;
mod load;
mod search_garments;
mod shelf;
mod similar_garments;

pub use self::document::{
    BucketDocument, FacetDocument, FacetsDocument, HitDocument, PriceRangeDocument, SearchPage,
    SimilarDocument, SimilarPage,
};
pub(crate) use self::shelf::Shelf;

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(search_garments::search_garments))
        .routes(routes!(similar_garments::similar_garments))
}
