//! Which events are there, and what do they look like?

use axum::{
    Json,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use domain::event_kinds;
use http_kit::{PathOf, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer;

/// One sort of event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SchemaLink {
    /// What it happens to.
    #[schema(example = "catalog.garment")]
    aggregate: &'static str,
    /// What happens.
    #[serde(rename = "type")]
    #[schema(example = "PriceChanged")]
    event_type: &'static str,
    /// The version of its form.
    #[schema(example = "1")]
    version: &'static str,
    /// What it means.
    meaning: String,
    /// Where its schema is.
    #[schema(example = "/v1/schemas/PriceChanged/1")]
    schema: String,
}

/// List all events.
#[utoipa::path(
    get,
    path = "/v1/schemas",
    tag = "replay",
    responses((status = 200, body = Vec<SchemaLink>, description = "All events in all versions"))
)]
pub(crate) async fn list_schemas() -> Json<Vec<SchemaLink>> {
    let links = event_kinds().into_iter().map(|kind| SchemaLink {
        aggregate: kind.aggregate_type,
        event_type: kind.event_type,
        version: kind.event_version,
        meaning: kind.meaning,
        schema: format!("/v1/schemas/{}/{}", kind.event_type, kind.event_version),
    });
    Json(links.collect())
}

/// Show an event's JSON Schema.
#[utoipa::path(
    get,
    path = "/v1/schemas/{type}/{version}",
    tag = "replay",
    params(
        ("type" = String, Path, description = "The event's type, such as `PriceChanged`"),
        ("version" = String, Path, description = "Its version, such as `1`"),
    ),
    responses(
        (status = 200, content_type = "application/schema+json", body = Object, description = "JSON Schema (2020-12) of the event's `data`"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such event: `schema-not-found`."),
    )
)]
pub(crate) async fn show_schema(
    PathOf((event_type, version)): PathOf<(String, String)>,
) -> Result<Response, Problem> {
    let wanted =
        |kind: &domain::EventKind| kind.event_type == event_type && kind.event_version == version;
    let kind = event_kinds().into_iter().find(wanted);
    let kind =
        kind.ok_or_else(|| answer::not_found("schema-not-found", "There is no such event"))?;
    let media_type = [(CONTENT_TYPE, "application/schema+json")];
    Ok((media_type, kind.schema.to_string()).into_response())
}
