//! `PUT /v1/garments/{id}/publication`

use axum::extract::State;
use domain::{
    catalog::garment::SchedulePublication,
    shared::{GarmentId, Moment},
};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use utoipa::ToSchema;

use super::execute::KEEPERS;
use crate::{CommandApi, Written};

/// When a garment is to be published.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchedulePublicationBody {
    /// When: RFC 3339; `null` takes the plan back. A time that has passed publishes it at once.
    #[schema(required, format = DateTime, example = "2026-07-01T08:00:00Z")]
    at: Option<String>,
}

/// Publish a draft at a time, or no longer.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}/publication",
    operation_id = "schedulePublication",
    summary = "Schedule a garment's publication",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    request_body = SchedulePublicationBody,
    responses(
        (status = 200, description = "It is planned.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`garment-retired`, `garment-already-published`, `garment-picture-missing`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn schedule_publication(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<SchedulePublicationBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let at = body.at.as_deref().map(moment).transpose()?;
    let command = SchedulePublication { at };
    api.to_garment(&caller, &key, (id, expected), command).await
}

/// In UTC, to the second.
fn moment(text: &str) -> Result<Moment, Problem> {
    let wrong = |reason: &str| Problem::invalid_body().pointer("/at", reason);
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| wrong("is no time such as 2026-07-01T08:00:00Z"))?;
    let written = time
        .checked_to_offset(UtcOffset::UTC)
        .and_then(|utc| utc.replace_nanosecond(0).ok())
        .and_then(|utc| utc.format(&Rfc3339).ok());
    let moment = written.and_then(|written| Moment::parse(&written).ok());
    moment.ok_or_else(|| wrong("lies outside of the years 1 to 9999"))
}
