//! `/v1/admin/dead-letters`.

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::IntoResponse,
};
use http_kit::{
    Caller, CommandProblems, Cursor, Decision as DecisionOf, Page, PathOf, Problem, QueryOf,
    QueryProblems, ReasonQuery, page_links, question_of,
};
use projector::{DeadLetterFilter, Decision, dead_letters, discard_dead_letter, retry_dead_letter};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admin_api::{Admin, as_admin, decider},
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
    #[param(required = false, nullable = false, example = "garment_card")]
    view: Option<String>,
    /// Those of one state.
    #[param(inline, required = false, nullable = false)]
    state: Option<LetterState>,
    /// Where to go on: `next_cursor` of the page before.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
    /// How many at most; 100 if nothing is said.
    #[param(minimum = 1, maximum = 1000, required = false, nullable = false)]
    limit: Option<u16>,
}

/// How a dead letter is doing.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum LetterState {
    /// It could not be applied.
    Parked,
    /// It waits behind one that could not.
    Held,
    /// Somebody decided to leave it out.
    Discarded,
}

impl LetterState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::Held => "held",
            Self::Discarded => "discarded",
        }
    }
}

/// List dead letters.
///
/// Commits that a view could not apply, and those of the same aggregate that wait behind them, by id.
#[utoipa::path(
    get,
    path = "/v1/admin/dead-letters",
    tag = "admin",
    params(DeadLetterQuery),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = Page<DeadLetterDocument>, description = "A part of them",
            headers(("Link" = String, description = "Where the list begins, and where it goes on (RFC 8288)"))),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "This is for admins: `forbidden`."),
        QueryProblems
    )
)]
async fn list_dead_letters(
    State(admin): State<Admin>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    QueryOf(query): QueryOf<DeadLetterQuery>,
) -> Result<impl IntoResponse, Problem> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        return Err(Problem::invalid_query().detail("limit: 1 to 1000 fit on a page"));
    }
    let asked = question_of(&uri);
    let keys = &admin.cursor_keys;
    let after = query
        .cursor
        .map_or(Ok(0), |cursor| keys.decode(&asked, &Cursor::from(cursor)))?;
    let filter = DeadLetterFilter {
        view: query.view,
        state: query.state.map(|state| state.as_str().to_owned()),
        after,
        limit: limit.into(),
    };
    let found = as_admin(&caller, dead_letters(&admin.pool, &filter)).await?;
    let last = found.last().filter(|_| found.len() >= limit.into());
    let next_cursor = last
        .map(|letter| keys.encode(&asked, &letter.id))
        .transpose()?;
    let items = found.into_iter().map(Into::into).collect();
    let links = page_links(&uri, next_cursor.as_ref());
    let items: Vec<DeadLetterDocument> = items;
    Ok((links, Json(Page { items, next_cursor })))
}

/// Try a dead letter again.
///
/// If it can be applied now, all that wait behind it follow, in their order. The log is told who decided it, from where and why.
#[utoipa::path(
    post,
    path = "/v1/admin/dead-letters/{id}/retry",
    tag = "admin",
    operation_id = "retry_dead_letter",
    params(("id" = i64, Path, description = "The dead letter"), ReasonQuery),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = DecisionDocument, description = "It was tried"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such dead letter: `dead-letter-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It was changed at the same time (`changed-meanwhile`), or the view's rows are of another version (`not-now`)."),
        CommandProblems
    )
)]
async fn retry_one(
    State(admin): State<Admin>,
    by: DecisionOf,
    PathOf(id): PathOf<i64>,
) -> Result<Json<DecisionDocument>, Problem> {
    let decider = decider(&by);
    let work = retry_dead_letter(&admin.pool, &admin.log, id, &decider);
    Ok(Json(as_admin(&by.caller, work).await?.into()))
}

/// Leave a dead letter out.
///
/// The view goes without it for good, in later rebuilds too. What waits behind it is tried. The log is told who
/// decided it, from where and why.
#[utoipa::path(
    post,
    path = "/v1/admin/dead-letters/{id}/discard",
    tag = "admin",
    operation_id = "discard_dead_letter",
    params(("id" = i64, Path, description = "The dead letter"), ReasonQuery),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = DecisionDocument, description = "It is left out"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such dead letter: `dead-letter-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It was changed at the same time (`changed-meanwhile`), or the view's rows are of another version (`not-now`)."),
        CommandProblems
    )
)]
async fn discard_one(
    State(admin): State<Admin>,
    by: DecisionOf,
    PathOf(id): PathOf<i64>,
) -> Result<Json<DecisionDocument>, Problem> {
    let decider = decider(&by);
    let work = discard_dead_letter(&admin.pool, &admin.log, id, &decider);
    Ok(Json(as_admin(&by.caller, work).await?.into()))
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
