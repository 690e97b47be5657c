//! `PUT /v1/collections/{id}`

use axum::extract::State;
use domain::{catalog::collection::ReviseCollection, shared::CollectionId};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};

use super::{details::CollectionDetailsBody, execute::KEEPERS};
use crate::{CommandApi, Written};

/// Replace what is said about a collection. Its garments stay.
#[utoipa::path(
    put,
    path = "/v1/collections/{id}",
    operation_id = "reviseCollection",
    summary = "Revise a collection",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which collection"), IfMatch, CommandKey),
    request_body = CollectionDetailsBody,
    responses(
        (status = 200, description = "It says so now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`collection-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `collection-too-long`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn revise_collection(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<CollectionId>,
    JsonBody(body): JsonBody<CollectionDetailsBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let details = body.parse()?;
    let command = ReviseCollection { details };
    api.to_collection(&caller, &key, (id, expected), command)
        .await
}
