//! `PUT /v1/collections/{id}/pinned`

use axum::extract::State;
use domain::{
    catalog::collection::{Collection, PinGarments},
    shared::CollectionId,
};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{execute::KEEPERS, members::ids};
use crate::{CommandApi, Written, catalog::mistakes::Mistakes};

/// Garments that come first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinGarmentsBody {
    /// The garments, in this order; none takes back what was pinned.
    #[schema(schema_with = super::members_schema::pinned)]
    garments: Vec<String>,
}

/// Say which garments come first in a collection, whatever order is asked for. One that is not in it, or not on sale, stays without
/// effect until it is.
#[utoipa::path(
    put,
    path = "/v1/collections/{id}/pinned",
    operation_id = "pinInCollection",
    summary = "Pin garments in a collection",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which collection"), IfMatch, CommandKey),
    request_body = PinGarmentsBody,
    responses(
        (status = 200, description = "They come first now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`collection-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `collection-garments-invalid`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn pin_garments(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<CollectionId>,
    JsonBody(body): JsonBody<PinGarmentsBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let mut mistakes = Mistakes::none();
    let named = (body.garments.as_slice(), Collection::MAX_PINNED);
    let garments = ids("/garments", named, &mut mistakes);
    let garments = mistakes.unless_any(Some(garments))?;
    let command = PinGarments { garments };
    api.to_collection(&caller, &key, (id, expected), command)
        .await
}
