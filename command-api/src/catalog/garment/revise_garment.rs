//! `PUT /v1/garments/{id}`

use axum::extract::State;
use domain::{catalog::garment::ReviseGarment, shared::GarmentId};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};

use super::{details::details_body, execute::KEEPERS};
use crate::{CommandApi, Written};

details_body! {
    /// What is said about a garment.
    ReviseGarmentBody {}
}

/// Replace what is said about a garment. What is left out is said no more; its prices and its picture stay.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}",
    operation_id = "reviseGarment",
    summary = "Revise a garment",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    request_body = ReviseGarmentBody,
    responses(
        (status = 200, description = "It says so now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`garment-retired`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `garment-sizes-invalid`, `garment-skus-invalid`, `garment-too-long`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn revise_garment(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<ReviseGarmentBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let details = body.details()?;
    api.to_garment(&caller, &key, (id, expected), ReviseGarment { details })
        .await
}
