//! What is pinned to which words?

use axum::{extract::State, response::Response};
use http_kit::{Caller, MinPosition, Problem, QueryProblems, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{QueryApi, answer};

/// What a search for some words shows first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinnedSearchDocument {
    /// The words, in lower case with one space between them.
    #[schema(example = "linen shirt")]
    pub words: String,
    /// The garments, in this order; none once they were taken back.
    pub garments: Vec<Uuid>,
    /// How often that was changed: what `If-Match` takes, in quotes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
}

/// All of them, in the order of their words.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinnedSearches {
    /// The searches.
    pub items: Vec<PinnedSearchDocument>,
}

/// List what is pinned to searches.
///
/// Every search to which a merchandiser ever pinned something.
#[utoipa::path(
    get,
    path = "/v1/pinned-searches",
    operation_id = "listPinnedSearches",
    tag = "catalog",
    params(MinPosition),
    security(("bearer" = ["merchandiser", "admin"])),
    responses(
        (status = 200, body = PinnedSearches, description = "All of them",
            headers(
                ("Drape-Position" = String, description = "How far catalogue and pins have come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "This is for merchandisers and admins: `forbidden`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn list_pinned_searches(
    State(api): State<QueryApi>,
    caller: Caller,
    MinPosition(min): MinPosition,
) -> Result<Response, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    let shown = api.inner.shelf.shown(&api.inner, min.as_ref()).await?;
    let items = shown.arrangement.searches();
    let items = items.map(|search| PinnedSearchDocument {
        words: search.words.clone(),
        garments: search.garments.clone(),
        version: search.version,
    });
    let all = PinnedSearches {
        items: items.collect(),
    };
    let json = serde_json::to_string(&all).map_err(|error| {
        tracing::error!(%error, "pinned searches cannot be written");
        Problem::internal()
    })?;
    Ok(answer::document(json, &shown.reached))
}
