//! `/v1/admin/dead-letters`.

use axum::{Json, extract::State};
use http_kit::{Caller, CommandProblems, Cursor, Page, PathOf, Problem, QueryOf, QueryProblems};
use projector::{DeadLetterFilter, Decision, dead_letters, discard_dead_letter, retry_dead_letter};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admin_api::{Admin, as_admin},
    answers::{DeadLetterDocument, DecisionDocument},
};

const PAGE: u16 = 100;
const LONGEST_PAGE: u16 = 1_000;

pub(super) fn routes() -> OpenApiRouter<Admin> {
    OpenApiRouter::new()
        .routes(routes!(list_dead_letters))
        .routes(routes!(retry_one))
        .routes(routes!(discard_one))
}

/// Which dead letters are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeadLetterQuery {
    /// Those of one view.
    view: Option<String>,
    /// Those that are `parked`, `held` or `discarded`.
    state: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many at most; 100 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
}

/// List dead letters.
///
/// Commits that a view could not apply, and those of the same aggregate that wait behind them, by id.
#[utoipa::path(
    get,
    path = "/v1/admin/dead-letters",
    tag = "admin",
    params(DeadLetterQuery),
    security(("bearer" = [])),
    responses(
        (status = 200, body = Page<DeadLetterDocument>, description = "A part of them"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "This is for admins: `forbidden`."),
        QueryProblems
    )
)]
async fn list_dead_letters(
    State(admin): State<Admin>,
    caller: Caller,
    QueryOf(query): QueryOf<DeadLetterQuery>,
) -> Result<Json<Page<DeadLetterDocument>>, Problem> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LONGEST_PAGE);
    let after = query
        .cursor
        .map_or(Ok(0), |cursor| Cursor::from(cursor).decode())?;
    let filter = DeadLetterFilter {
        view: query.view,
        state: query.state,
        after,
        limit: limit.into(),
    };
    let found = as_admin(&caller, dead_letters(&admin.pool, &filter)).await?;
    let last = found.last().filter(|_| found.len() >= limit.into());
    let next_cursor = last.map(|letter| Cursor::encode(&letter.id)).transpose()?;
    let items = found.into_iter().map(Into::into).collect();
    Ok(Json(Page { items, next_cursor }))
}

/// Try a dead letter again.
///
/// If it can be applied now, all that wait behind it follow, in their order.
#[utoipa::path(
    post,
    path = "/v1/admin/dead-letters/{id}/retry",
    tag = "admin",
    operation_id = "retry_dead_letter",
    params(("id" = i64, Path, description = "The dead letter")),
    security(("bearer" = [])),
    responses(
        (status = 200, body = DecisionDocument, description = "It was tried"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such dead letter: `dead-letter-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It was changed at the same time (`changed-meanwhile`), or the view's rows are of another version (`not-now`)."),
        CommandProblems
    )
)]
async fn retry_one(
    State(admin): State<Admin>,
    caller: Caller,
    PathOf(id): PathOf<i64>,
) -> Result<Json<DecisionDocument>, Problem> {
    let work = retry_dead_letter(&admin.pool, &admin.log, id);
    Ok(Json(as_admin(&caller, work).await?.into()))
}

/// Leave a dead letter out.
///
/// The view goes without it for good, in later rebuilds too. What waits behind it is tried.
#[utoipa::path(
    post,
    path = "/v1/admin/dead-letters/{id}/discard",
    tag = "admin",
    operation_id = "discard_dead_letter",
    params(("id" = i64, Path, description = "The dead letter")),
    security(("bearer" = [])),
    responses(
        (status = 200, body = DecisionDocument, description = "It is left out"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such dead letter: `dead-letter-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It was changed at the same time (`changed-meanwhile`), or the view's rows are of another version (`not-now`)."),
        CommandProblems
    )
)]
async fn discard_one(
    State(admin): State<Admin>,
    caller: Caller,
    PathOf(id): PathOf<i64>,
) -> Result<Json<DecisionDocument>, Problem> {
    let work = discard_dead_letter(&admin.pool, &admin.log, id, &caller.account);
    Ok(Json(as_admin(&caller, work).await?.into()))
}

impl From<Decision> for DecisionDocument {
    fn from(decision: Decision) -> Self {
        Self {
            applied: decision.applied,
            waiting: decision.waiting,
            reason: decision.reason,
        }
    }
}
