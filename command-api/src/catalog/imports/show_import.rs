//! `GET /v1/imports/{id}`

use axum::{Json, extract::State};
use http::StatusCode;
use http_kit::{Caller, PathOf, Problem, QueryProblems, Role};
use uuid::Uuid;

use super::status::ImportStatus;
use crate::CommandApi;

/// Show how an import is doing.
///
/// One that was cut off by a restart is read again from its beginning: what is there already is skipped. What came of it is
/// remembered for a week.
#[utoipa::path(
    get,
    path = "/v1/imports/{id}",
    operation_id = "showImport",
    summary = "Show how an import is doing",
    tag = "catalog",
    params(("id" = Uuid, Path, description = "The import")),
    security(("bearer" = ["merchandiser", "admin"])),
    responses(
        (status = 200, body = ImportStatus, description = "How it is doing"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "This is for merchandisers: `forbidden`."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such import (any more): `import-not-found`."),
        QueryProblems,
    )
)]
pub(crate) async fn show_import(
    State(api): State<CommandApi>,
    caller: Caller,
    PathOf(id): PathOf<Uuid>,
) -> Result<Json<ImportStatus>, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    let status = api.imports.status(id).ok_or_else(unknown)?;
    Ok(Json(status))
}

/// 404: there is no such import.
pub(super) fn unknown() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "import-not-found",
        "There is no such import",
    )
}
