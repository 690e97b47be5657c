//! `PUT /v1/collections/{id}/members`

use axum::extract::State;
use domain::{catalog::collection::ChooseMembers, shared::CollectionId};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};

use super::{execute::KEEPERS, members::MembersBody};
use crate::{CommandApi, Written};

/// Say which garments are in a collection, by hand or by a rule. A garment need not be on sale, nor be there yet: it is shown
/// once it is.
#[utoipa::path(
    put,
    path = "/v1/collections/{id}/members",
    operation_id = "chooseCollectionMembers",
    summary = "Say which garments are in a collection",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which collection"), IfMatch, CommandKey),
    request_body = MembersBody,
    responses(
        (status = 200, description = "They are in it now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`collection-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `collection-garments-invalid`, `collection-rule-invalid`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn choose_members(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<CollectionId>,
    JsonBody(body): JsonBody<MembersBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let members = body.parse()?;
    let command = ChooseMembers { members };
    api.to_collection(&caller, &key, (id, expected), command)
        .await
}
