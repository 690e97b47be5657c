//! `/v1/admin/projections`.

use std::time::Duration;

use axum::{Json, extract::State};
use http::StatusCode;
use http_kit::{
    Caller, CommandProblems, CursorKeys, Decision, PathOf, Problem, QueryProblems, ReasonQuery,
    Role,
};
use jetstream_es::EventLog;
use projector::{
    ControlError, Decider, cancel_rebuild, pause, projections, request_rebuild, resume,
};
use sqlx::PgPool;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answers::{ProjectionDocument, ProjectionList, problem},
    dead_letters,
};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What an admin's requests work on.
#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) log: EventLog,
    pub(crate) pool: PgPool,
    pub(crate) cursor_keys: CursorKeys,
}

/// The endpoints. Without an admin's state they serve for the document alone.
pub(crate) fn admin() -> OpenApiRouter<Admin> {
    OpenApiRouter::new()
        .routes(routes!(list_projections))
        .routes(routes!(pause_projection))
        .routes(routes!(resume_projection))
        .routes(routes!(rebuild_projection, cancel_projection_rebuild))
        .merge(dead_letters::routes())
}

/// Who decides, as the projector notes it.
pub(super) fn decider(decision: &Decision) -> Decider {
    Decider {
        actor: decision.caller.account.clone(),
        network: decision.from.clone(),
        reason: decision.reason.clone(),
        correlation_id: decision.correlation_id.clone(),
        traceparent: decision.traceparent.clone(),
    }
}

/// Demands an admin, and an answer in time.
pub(super) async fn as_admin<T>(
    caller: &Caller,
    work: impl Future<Output = Result<T, ControlError>>,
) -> Result<T, Problem> {
    caller.require(&[Role::Admin])?;
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|error| problem(&error)),
        Err(_) => Err(Problem::unavailable()),
    }
}

impl Admin {
    async fn one(&self, view: &str) -> Result<Json<ProjectionDocument>, ControlError> {
        let all = projections(&self.pool, &self.log).await?;
        let found = all.into_iter().find(|found| found.view == view);
        let found = found.ok_or_else(|| ControlError::NoView(view.to_owned()))?;
        Ok(Json(found.into()))
    }
}

/// List all projections.
///
/// How far each view is, how it is doing, what it could not apply, and how its latest rebuild went.
#[utoipa::path(
    get,
    path = "/v1/admin/projections",
    tag = "admin",
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = ProjectionList, description = "All projections"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "This is for admins: `forbidden`."),
        QueryProblems
    )
)]
async fn list_projections(
    State(admin): State<Admin>,
    caller: Caller,
) -> Result<Json<ProjectionList>, Problem> {
    let all = as_admin(&caller, projections(&admin.pool, &admin.log)).await?;
    let items = all.into_iter().map(Into::into).collect();
    Ok(Json(ProjectionList { items }))
}

/// Pause a projection.
///
/// It stays where it is, in every process; reads go on from what is there. The log is told who decided it, from
/// where and why.
#[utoipa::path(
    post,
    path = "/v1/admin/projections/{view}/pause",
    tag = "admin",
    params(("view" = String, Path, description = "The view"), ReasonQuery),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = ProjectionDocument, description = "It is paused"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such view: `view-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "No projector has looked after it yet: `not-now`."),
        CommandProblems
    )
)]
async fn pause_projection(
    State(admin): State<Admin>,
    decision: Decision,
    PathOf(view): PathOf<String>,
) -> Result<Json<ProjectionDocument>, Problem> {
    as_admin(&decision.caller, async {
        pause(&admin.pool, &view, &decider(&decision)).await?;
        admin.one(&view).await
    })
    .await
}

/// Let a paused projection go on.
///
/// The log is told who decided it, from where and why.
#[utoipa::path(
    post,
    path = "/v1/admin/projections/{view}/resume",
    tag = "admin",
    params(("view" = String, Path, description = "The view"), ReasonQuery),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = ProjectionDocument, description = "It goes on"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such view: `view-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "No projector has looked after it yet: `not-now`."),
        CommandProblems
    )
)]
async fn resume_projection(
    State(admin): State<Admin>,
    decision: Decision,
    PathOf(view): PathOf<String>,
) -> Result<Json<ProjectionDocument>, Problem> {
    as_admin(&decision.caller, async {
        resume(&admin.pool, &view, &decider(&decision)).await?;
        admin.one(&view).await
    })
    .await
}

/// Build a projection anew.
///
/// The projector builds it beside the live one, compares both at the same position, and switches. Reads go on. Asking
/// again while one is under way changes nothing. The log is told who decided it, from where and why.
#[utoipa::path(
    post,
    path = "/v1/admin/projections/{view}/rebuild",
    tag = "admin",
    params(("view" = String, Path, description = "The view"), ReasonQuery),
    security(("bearer" = ["admin"])),
    responses(
        (status = 202, body = ProjectionDocument, description = "The projector will build it"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such view: `view-not-found`."),
        CommandProblems
    )
)]
async fn rebuild_projection(
    State(admin): State<Admin>,
    decision: Decision,
    PathOf(view): PathOf<String>,
) -> Result<(StatusCode, Json<ProjectionDocument>), Problem> {
    let answer = as_admin(&decision.caller, async {
        request_rebuild(&admin.pool, &view, &decider(&decision)).await?;
        admin.one(&view).await
    });
    Ok((StatusCode::ACCEPTED, answer.await?))
}

/// Call a rebuild off.
///
/// Nothing of it stays, and the log is told who decided it, from where and why. When none is under way, nothing happens.
#[utoipa::path(
    delete,
    path = "/v1/admin/projections/{view}/rebuild",
    tag = "admin",
    params(("view" = String, Path, description = "The view"), ReasonQuery),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = ProjectionDocument, description = "No rebuild is under way"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such view: `view-not-found`."),
        CommandProblems
    )
)]
async fn cancel_projection_rebuild(
    State(admin): State<Admin>,
    decision: Decision,
    PathOf(view): PathOf<String>,
) -> Result<Json<ProjectionDocument>, Problem> {
    as_admin(&decision.caller, async {
        cancel_rebuild(&admin.pool, &view, &decider(&decision)).await?;
        admin.one(&view).await
    })
    .await
}
