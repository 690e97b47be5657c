//! `POST /v1/wardrobe/outfits`

use axum::{extract::State, response::Response};
use domain::{shared::OutfitId, wardrobe::wardrobe::SaveOutfit};
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, Problem};

use super::outfit::OutfitBody;
use crate::{CommandApi, Written, identity::account::account_of};

/// Write down garments that go together. Nobody but the caller sees it until it is shared.
#[utoipa::path(
    post,
    path = "/v1/wardrobe/outfits",
    operation_id = "saveOutfit",
    summary = "Save an outfit",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(CommandKey),
    request_body = OutfitBody,
    responses(
        (status = 201, description = "It is in the wardrobe; `id` is the outfit's.", body = Written, headers(
            ("Location" = String, description = "The outfit's address"),
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`garment-not-found`, `try-on-not-found` (also where it is somebody else's)", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`outfits-exceeded`, `outfit-already-saved`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`, `outfit-garments-invalid`), or the try-on has no result (`try-on-not-succeeded`, `picture-removed`); or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn save_outfit(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    JsonBody(body): JsonBody<OutfitBody>,
) -> Result<Response, Problem> {
    let account = account_of(&caller)?;
    let id = key.id_for("outfit");
    let outfit = OutfitId::new(id);
    let is = api.outfit(account, outfit, body).await?;
    let written = api
        .to_wardrobe(account, key.context(), SaveOutfit { outfit, is })
        .await?;
    let written = Written { id, ..written };
    Ok(written.created(&format!("/v1/wardrobe/outfits/{id}")))
}
