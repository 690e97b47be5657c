//! Which garments are what I look for?

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use http_kit::{MinPosition, Problem, QueryOf, QueryProblems};

use super::{
    asked::{SearchGarments, put_to},
    document::SearchPage,
    found_page::{Turn, answered_before},
};
use crate::QueryApi;

/// Search the catalogue.
///
/// One hit for each style, by the colourway that fits best. Facets count styles, exactly. Pages go on and back from a hit, not from a
/// number: what is added meanwhile moves nothing. In the order of popularity a
/// style may move between two pages, as what is liked does.
#[utoipa::path(
    get,
    path = "/v1/search",
    operation_id = "searchGarments",
    tag = "catalog",
    params(SearchGarments, MinPosition),
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
pub(crate) async fn search_garments(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
    OriginalUri(uri): OriginalUri,
    QueryOf(asked): QueryOf<SearchGarments>,
) -> Result<Response, Problem> {
    if let Some(answered) = answered_before(&api, &uri, min.as_ref()).await? {
        return Ok(answered);
    }
    let turn = Turn::of(&api, &uri, asked.limit, asked.cursor.clone())?;
    let (question, collection) = (asked.question()?, asked.collection()?);
    let shown = api.inner.shelf.shown(&api.inner, min.as_ref()).await?;
    let own_order = asked.leaves_order();
    let question = put_to(question, collection.as_ref(), own_order, &shown)?;
    turn.answer(&api, &question, &shown).await
}
