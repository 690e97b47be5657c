//! `POST /v1/garments/{id}/retire`

use axum::extract::State;
use domain::{catalog::garment::RetireGarment, shared::GarmentId};
use http_kit::{Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, PathOf, Problem};

use crate::{CommandApi, Written};

/// Take a garment off sale for good. Needs no body.
#[utoipa::path(
    post,
    path = "/v1/garments/{id}/retire",
    operation_id = "retireGarment",
    summary = "Retire a garment",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    responses(
        (status = 200, description = "It is off sale.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn retire_garment(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
) -> Result<Written, Problem> {
    api.to_garment(&caller, &key, (id, expected), RetireGarment {})
        .await
}
