//! What is this collection?

use axum::{extract::State, response::Response};
use domain::shared::Slug;
use http_kit::{IfNoneMatch, MinPosition, PathOf, Problem, QueryProblems};
use uuid::Uuid;

use super::collection_document::CollectionDocument;
use crate::{QueryApi, answer, checkpoints::View, database::in_time};

/// Show a collection, by its id or its slug.
///
/// Of collections that share a slug, the newest is shown. Its garments are at `/v1/collections/{id}/garments`.
#[utoipa::path(
    get,
    path = "/v1/collections/{id}",
    operation_id = "showCollection",
    tag = "catalog",
    params(("id" = String, Path, description = "The collection's id, or its slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 80, example = "linen"),
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "An ETag as it was answered before"), MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = CollectionDocument, description = "The collection",
            headers(
                ("ETag" = String, description = "Its version, for If-Match and If-None-Match"),
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 304, description = "It is as it was."),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such collection: `collection-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn show_collection(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
    PathOf(wanted): PathOf<Slug>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let reached = api.wait(View::Collection, min.as_ref()).await?;
    let id = Uuid::try_parse(wanted.as_str()).ok();
    let found = sqlx::query!(
        "SELECT document FROM drape.collection WHERE NOT removed AND (id = $1 OR slug = $2)
         ORDER BY (id = $1) DESC NULLS LAST, sort_key DESC LIMIT 1",
        id,
        wanted.as_str()
    );
    let fetching = found.fetch_optional(&api.inner.pool);
    let found = in_time(api.inner.options.database_timeout, fetching).await?;
    let found = found
        .ok_or_else(|| answer::not_found("collection-not-found", "There is no such collection"))?;
    answer::versioned(found.document, &known, &reached)
}
