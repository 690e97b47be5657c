//! Which collections are there?

use axum::{
    extract::{OriginalUri, State},
    response::{IntoResponse, Response},
};
use http_kit::{Cursor, MinPosition, Problem, QueryOf, QueryProblems, page_links, question_of};
use serde::Deserialize;
use utoipa::IntoParams;

use super::collection_document::CollectionPage;
use crate::{QueryApi, answer, checkpoints::View, database::in_time};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListCollections {
    /// Collections on a page at most; 24 by default.
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    limit: Option<u8>,
    /// `next_cursor` of the page before.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
}

/// List collections, newest first.
///
/// Pages stay stable while collections are added.
#[utoipa::path(
    get,
    path = "/v1/collections",
    operation_id = "listCollections",
    tag = "catalog",
    params(ListCollections, MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = CollectionPage, description = "A page of collections",
            headers(
                ("Link" = String, description = "Where the list begins, and where it goes on (RFC 8288)"),
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn list_collections(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
    OriginalUri(uri): OriginalUri,
    QueryOf(question): QueryOf<ListCollections>,
) -> Result<Response, Problem> {
    let limit = question.limit.unwrap_or(24);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid_query().detail("limit: 1 to 100 collections fit on a page"));
    }
    let (keys, asked) = (&api.inner.cursor_keys, question_of(&uri));
    let before = question.cursor.map_or(Ok(i64::MAX), |cursor| {
        keys.decode(&asked, &Cursor::from(cursor))
    })?;
    let at = api.wait(View::Collection, min.as_ref()).await?;
    let rows = sqlx::query!(
        "SELECT sort_key, document FROM drape.collection
         WHERE NOT removed AND sort_key < $1 ORDER BY sort_key DESC LIMIT $2",
        before,
        i64::from(limit) + 1
    );
    let fetching = rows.fetch_all(&api.inner.pool);
    let mut rows = in_time(api.inner.options.database_timeout, fetching).await?;
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let next = rows.last().filter(|_| more);
    let next = next
        .map(|last| keys.encode(&asked, &last.sort_key))
        .transpose()?;
    let documents: Vec<&str> = rows.iter().map(|row| row.document.as_str()).collect();
    let mut json = format!("{{\"items\":[{}]", documents.join(","));
    if let Some(next) = &next {
        json.push_str(",\"next_cursor\":\"");
        // Base64url: nothing to escape.
        json.push_str(next.as_str());
        json.push('"');
    }
    json.push('}');
    let links = page_links(&uri, next.as_ref());
    Ok((links, answer::document(json, &at)).into_response())
}
