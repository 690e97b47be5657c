//! `PUT /v1/wardrobe/outfits/{id}`

use axum::extract::State;
use domain::{shared::OutfitId, wardrobe::wardrobe::ReviseOutfit};
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem};

use super::outfit::OutfitBody;
use crate::{CommandApi, Written, identity::account::account_of};

/// Replace what an outfit is. Its link stays; a picture that is no longer the outfit's is no longer shown by it, and a new one
/// only after it is shared again.
#[utoipa::path(
    put,
    path = "/v1/wardrobe/outfits/{id}",
    operation_id = "reviseOutfit",
    summary = "Revise an outfit",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which outfit"), CommandKey),
    request_body = OutfitBody,
    responses(
        (status = 200, description = "That is it now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`outfit-not-found`, `garment-not-found`, `try-on-not-found` (also where it is somebody else's)", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`, `outfit-garments-invalid`), or the try-on has no result (`try-on-not-succeeded`, `picture-removed`); or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn revise_outfit(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(outfit): PathOf<OutfitId>,
    JsonBody(body): JsonBody<OutfitBody>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    let is = api.outfit(account, outfit, body).await?;
    let written = api
        .to_wardrobe(account, key.context(), ReviseOutfit { outfit, is })
        .await?;
    Ok(Written {
        id: outfit.as_uuid(),
        ..written
    })
}
