//! `DELETE /v1/collections/{id}`

use axum::extract::State;
use domain::{catalog::collection::RemoveCollection, shared::CollectionId};
use http_kit::{Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, PathOf, Problem};

use crate::{CommandApi, Written};

/// Take a collection out of the shop. Its garments stay.
#[utoipa::path(
    delete,
    path = "/v1/collections/{id}",
    operation_id = "removeCollection",
    summary = "Remove a collection",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which collection"), IfMatch, CommandKey),
    responses(
        (status = 200, description = "It is gone.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`collection-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn remove_collection(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<CollectionId>,
) -> Result<Written, Problem> {
    let command = RemoveCollection {};
    api.to_collection(&caller, &key, (id, expected), command)
        .await
}
