//! How is an export doing?

use axum::{Json, extract::State};
use http_kit::{Caller, PathOf, Problem, QueryProblems};
use uuid::Uuid;

use super::status::ExportStatus;
use crate::{QueryApi, answer, replay::demand_analyst};

/// Show how an export is doing.
///
/// One that was cut off by a restart is `failed`, with the reason. Exports are kept for a day.
#[utoipa::path(
    get,
    path = "/v1/exports/{id}",
    tag = "replay",
    params(("id" = Uuid, Path, description = "The export")),
    security(("bearer" = ["analyst", "admin"])),
    responses(
        (status = 200, body = ExportStatus, description = "How it is doing"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "This is for analysts: `forbidden`."),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such export (any more): `export-not-found`."),
        QueryProblems
    )
)]
pub(crate) async fn show_export(
    State(api): State<QueryApi>,
    caller: Caller,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<ExportStatus>, Problem> {
    demand_analyst(&caller)?;
    api.inner.exports.status(id).map(Json).ok_or_else(not_found)
}

pub(super) fn not_found() -> Problem {
    answer::not_found("export-not-found", "There is no such export")
}
