//! What happened to this garment, who did it, and what did it change?

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::{IntoResponse, Response},
};
use http_kit::{
    Caller, Cursor, MinPosition, PathOf, Problem, QueryOf, QueryProblems, Role, page_links,
    question_of,
};
use jetstream_es::Position;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::difference::{Change, difference};
use crate::{QueryApi, answer, checkpoints::View, database::in_time};

/// One version of a garment: what one command made of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionDocument {
    /// Events of the garment after it; what `restore` takes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
    /// Where it stands in the log; what `at` takes.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z]{1,32}-[0-9]{1,19}$")]
    pub position: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub at: String,
    /// Opaque id of who asked for it.
    #[schema(required)]
    pub actor: Option<String>,
    /// What happened, such as `PriceChanged`.
    #[schema(example = json!(["PriceChanged"]))]
    pub events: Vec<String>,
    /// What it changed of the garment's document.
    pub changes: Vec<Change>,
}

/// The versions of a garment, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionPage {
    /// The versions.
    pub items: Vec<VersionDocument>,
    /// Where the list goes on; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GarmentHistory {
    /// Versions on a page at most; 24 by default.
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    limit: Option<u8>,
    /// `next_cursor` of the page before.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
}

/// List what happened to a garment.
///
/// Newest first, each with who asked for it and what it changed. For merchandisers.
#[utoipa::path(
    get,
    path = "/v1/garments/{id}/history",
    operation_id = "listGarmentHistory",
    tag = "catalog",
    params(("id" = Uuid, Path, description = "The garment"), GarmentHistory, MinPosition),
    security(("bearer" = ["merchandiser", "admin"])),
    responses(
        (status = 200, body = VersionPage, description = "A page of versions",
            headers(
                ("Link" = String, description = "Where the list begins, and where it goes on (RFC 8288)"),
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "Only merchandisers see a garment's history: `forbidden`."),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such garment: `garment-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn garment_history(
    State(api): State<QueryApi>,
    caller: Caller,
    MinPosition(min): MinPosition,
    OriginalUri(uri): OriginalUri,
    PathOf(id): PathOf<Uuid>,
    QueryOf(question): QueryOf<GarmentHistory>,
) -> Result<Response, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    let limit = question.limit.unwrap_or(24);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid_query().detail("limit: 1 to 100 versions fit on a page"));
    }
    let (keys, asked) = (&api.inner.cursor_keys, question_of(&uri));
    let before = question.cursor.map_or(Ok(i64::MAX), |cursor| {
        keys.decode(&asked, &Cursor::from(cursor))
    })?;
    let reached = api.wait(View::GarmentVersion, min.as_ref()).await?;
    let rows = sqlx::query!(
        "SELECT version, sequence, at, actor, events, document,
             (SELECT older.document FROM drape.garment_version AS older
              WHERE older.garment = $1 AND older.version < newer.version
              ORDER BY older.version DESC LIMIT 1) AS older
         FROM drape.garment_version AS newer WHERE garment = $1 AND version < $2
         ORDER BY version DESC LIMIT $3",
        id,
        before,
        i64::from(limit) + 1
    );
    let mut rows = in_time(
        api.inner.options.database_timeout,
        rows.fetch_all(&api.inner.pool),
    )
    .await?;
    if rows.is_empty() && before == i64::MAX {
        return Err(answer::not_found(
            "garment-not-found",
            "There is no such garment",
        ));
    }
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let last = rows.last().filter(|_| more);
    let next_cursor = last
        .map(|row| keys.encode(&asked, &row.version))
        .transpose()?;
    let versions = rows.into_iter().map(|row| {
        let sequence = row.sequence.unsigned_abs();
        let position = Position {
            sequence,
            ..reached.position.clone()
        };
        let older = row.older.as_deref().unwrap_or("null");
        Ok(VersionDocument {
            version: row.version.unsigned_abs(),
            position: position.to_string(),
            at: row.at,
            actor: row.actor,
            events: row.events.split(',').map(ToOwned::to_owned).collect(),
            changes: difference(&parsed(older)?, &parsed(&row.document)?),
        })
    });
    let links = page_links(&uri, next_cursor.as_ref());
    let page = VersionPage {
        items: versions.collect::<Result<_, Problem>>()?,
        next_cursor: next_cursor.map(|cursor| cursor.as_str().to_owned()),
    };
    Ok((links, answer::standing(&reached), Json(page)).into_response())
}

/// A document as JSON, without what every version changes, and without what follows from earlier prices: nobody said that.
fn parsed(document: &str) -> Result<Value, Problem> {
    let mut parsed: Value = serde_json::from_str(document).map_err(|error| {
        tracing::error!(%error, "the view holds a document that is no JSON");
        Problem::internal()
    })?;
    if let Some(members) = parsed.as_object_mut() {
        for told in ["version", "was", "earlier_prices"] {
            members.remove(told);
        }
    }
    Ok(parsed)
}
