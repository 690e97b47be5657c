//! `POST /v1/exports`

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use http_kit::{Caller, CommandKey, JsonBody, Problem, QueryProblems};
use replay::{FilterText, Format};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{spool::Refused, status::ExportStatus};
use crate::{
    QueryApi,
    replay::{demand_analyst, problem},
};

/// An export that somebody wants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportBody {
    /// How it is to be written; Parquet comes as a tar file of a folder.
    format: Format,
    /// Which events; all when absent.
    #[serde(default, deserialize_with = "by_name")]
    #[schema(required = false, inline)]
    filter: FilterText,
}

/// A filter whose parts are named and said: serde would read them from a list as well, and null as nothing.
fn by_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FilterText, D::Error> {
    let parts = Map::<String, Value>::deserialize(deserializer)?;
    if let Some((name, _)) = parts.iter().find(|(_, value)| value.is_null()) {
        return Err(D::Error::custom(format!("{name} is null: leave it out")));
    }
    serde_json::from_value(Value::Object(parts)).map_err(D::Error::custom)
}

/// Export events into a file.
///
/// Made in the background; ask at `Location` how it is doing.
#[utoipa::path(
    post,
    path = "/v1/exports",
    tag = "replay",
    params(CommandKey),
    request_body = ExportBody,
    security(("bearer" = ["analyst", "admin"])),
    responses(
        (status = 202, body = ExportStatus, description = "It will be made",
            headers(("Location" = String, description = "Where to ask how it is doing"))),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "This is for analysts: `forbidden`."),
        (status = 408, body = Problem, content_type = "application/problem+json", description = "The body did not arrive in time: `body-too-slow`."),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "The body is too large: `body-too-large`."),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "The body is no JSON: `json-wanted`."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The body has mistakes: `invalid-body`."),
        (status = 507, body = Problem, content_type = "application/problem+json", description = "Older exports take all the room: `exports-full`."),
        QueryProblems
    )
)]
pub(crate) async fn create_export(
    State(api): State<QueryApi>,
    caller: Caller,
    key: CommandKey,
    JsonBody(body): JsonBody<ExportBody>,
) -> Result<Response, Problem> {
    demand_analyst(&caller)?;
    body.filter
        .parse()
        .map_err(|error| problem::of_filter(&error))?;
    let status = ExportStatus::queued(key.id_for("export"), body.format, body.filter);
    let exports = Arc::clone(&api.inner.exports);
    let admitted = tokio::task::spawn_blocking(move || exports.admit(status)).await;
    let admitted = admitted.map_err(|_| Problem::internal())?;
    let (status, is_new) = admitted.map_err(|refused| refusal(&refused))?;
    if is_new {
        let making = Arc::clone(&api.inner.exports).run(
            api.inner.log.clone(),
            Arc::clone(&api.inner.schemas),
            status.id,
        );
        let stop = api.inner.shutdown.clone();
        api.track(async move {
            // What is cut off here is found by the next process, which says that it failed.
            stop.run_until_cancelled(Box::pin(making)).await;
        });
    }
    let location = format!("/v1/exports/{}", status.id);
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(status)).into_response())
}

fn refusal(refused: &Refused) -> Problem {
    match refused {
        Refused::NoFolder => {
            Problem::unavailable().detail("There is no folder for exports: set exports.folder.")
        }
        Refused::TooMany => problem::too_many(),
        Refused::Full => Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "exports-full",
            "Older exports take all the room",
        ),
    }
}
