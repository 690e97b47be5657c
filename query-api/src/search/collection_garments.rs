//! Which garments are in this collection?

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use catalogue_search::Question;
use domain::shared::Slug;
use http_kit::{MinPosition, PathOf, Problem, QueryOf, QueryProblems};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    asked::put_to,
    document::SearchPage,
    found_page::{Turn, answered_before},
};
use crate::QueryApi;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CollectionGarments {
    /// Styles on a page at most; 24 by default.
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    limit: Option<u8>,
    /// `next_cursor` or `prev_cursor` of a page of the same collection.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
}

/// List the garments of a collection.
///
/// One for each style, in the collection's own order, what is pinned first; only what is on sale. To filter them or sort them
/// otherwise, search with `collection`.
#[utoipa::path(
    get,
    path = "/v1/collections/{id}/garments",
    operation_id = "listCollectionGarments",
    tag = "catalog",
    params(("id" = String, Path, description = "The collection's id, or its slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 80, example = "linen"),
        CollectionGarments, MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = SearchPage, description = "A page of styles",
            headers(
                ("Link" = String, description = "Where the list begins, goes on and came from (RFC 8288)"),
                ("Drape-Position" = String, description = "How far the catalogue that was searched has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such collection: `collection-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn collection_garments(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
    OriginalUri(uri): OriginalUri,
    PathOf(id): PathOf<Slug>,
    QueryOf(page): QueryOf<CollectionGarments>,
) -> Result<Response, Problem> {
    if let Some(answered) = answered_before(&api, &uri, min.as_ref()).await? {
        return Ok(answered);
    }
    let turn = Turn::of(&api, &uri, page.limit, page.cursor)?;
    let shown = api.inner.shelf.shown(&api.inner, min.as_ref()).await?;
    let question = put_to(Question::default(), Some(&id), true, &shown)?;
    turn.answer(&api, &question, &shown).await
}
