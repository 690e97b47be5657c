//! Looking for garments: by words, by facets, by likeness.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod answers;
mod arrangement;
mod asked;
mod collection_garments;
mod document;
mod found_page;
mod goes_with;
mod list_pinned_searches;
mod load;
mod popularity;
mod search_garments;
mod shelf;
mod similar_garments;

pub(crate) use self::shelf::{Shelf, Shown};
pub use self::{
    document::{
        AttributeFacetDocument, BucketDocument, FacetDocument, FacetsDocument, GoesWithDocument,
        GoesWithPage, HitDocument, PriceRangeDocument, SearchPage, SimilarDocument, SimilarPage,
    },
    list_pinned_searches::{PinnedSearchDocument, PinnedSearches},
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(search_garments::search_garments))
        .routes(routes!(similar_garments::similar_garments))
        .routes(routes!(goes_with::goes_with))
        .routes(routes!(collection_garments::collection_garments))
        .routes(routes!(list_pinned_searches::list_pinned_searches))
}
