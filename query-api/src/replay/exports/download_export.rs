//! The file of an export.

use axum::{
    body::Body,
    extract::State,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use http_kit::{Caller, PathOf, Problem, QueryProblems};
use replay::Format;
use tokio::fs::File;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::show_export::not_found;
use crate::{QueryApi, replay::demand_analyst};

/// Download an export.
///
/// Parquet comes as a tar file of a folder with a manifest and files by type and day.
#[utoipa::path(
    get,
    path = "/v1/exports/{id}/file",
    tag = "replay",
    params(("id" = Uuid, Path, description = "The export")),
    security(("bearer" = ["analyst", "admin"])),
    responses(
        (status = 200, content((Vec<u8> = "application/x-ndjson"), (Vec<u8> = "text/csv"), (Vec<u8> = "application/x-tar")), description = "The file"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "This is for analysts: `forbidden`."),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such export (any more): `export-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is not ready: `export-not-ready`."),
        QueryProblems
    )
)]
pub(crate) async fn download_export(
    State(api): State<QueryApi>,
    caller: Caller,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, Problem> {
    demand_analyst(&caller)?;
    let status = api.inner.exports.status(id).ok_or_else(not_found)?;
    let path = api.inner.exports.file(&status).ok_or_else(|| {
        Problem::new(
            StatusCode::CONFLICT,
            "export-not-ready",
            "The export is not ready",
        )
    })?;
    // It may be too old by now.
    let file = File::open(&path).await.map_err(|_| not_found())?;
    let length = file.metadata().await.map_err(|_| not_found())?.len();
    let (media_type, ending) = match status.format {
        Format::Ndjson => ("application/x-ndjson", "ndjson"),
        Format::Csv => ("text/csv", "csv"),
        Format::Parquet => ("application/x-tar", "tar"),
    };
    let described = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_LENGTH, length.to_string()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"events-{id}.{ending}\""),
        ),
    ];
    let body = Body::from_stream(ReaderStream::with_capacity(file, 256 << 10));
    Ok((described, body).into_response())
}
