//! What does the event log look like to a program?

use axum::Json;
use serde_json::Value;

use super::asyncapi;

/// The event log's own document (`AsyncAPI` 3.0).
#[utoipa::path(
    get,
    path = "/v1/asyncapi.json",
    tag = "replay",
    responses((status = 200, content_type = "application/json", body = Object, description = "The document"))
)]
pub(crate) async fn show_asyncapi() -> Json<Value> {
    Json(asyncapi())
}
