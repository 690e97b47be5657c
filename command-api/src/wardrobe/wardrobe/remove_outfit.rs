//! `DELETE /v1/wardrobe/outfits/{id}`

use axum::extract::State;
use domain::{shared::OutfitId, wardrobe::wardrobe::RemoveOutfit};
use http_kit::{Caller, CommandKey, CommandProblems, PathOf, Problem};

use crate::{CommandApi, Written, identity::account::account_of};

/// Take an outfit out, and end its link. One that is not there stays so.
#[utoipa::path(
    delete,
    path = "/v1/wardrobe/outfits/{id}",
    operation_id = "removeOutfit",
    summary = "Remove an outfit",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which outfit"), CommandKey),
    responses(
        (status = 200, description = "It is gone.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "There never was anything in the wardrobe: `wardrobe-empty`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn remove_outfit(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(outfit): PathOf<OutfitId>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    api.to_wardrobe(account, key.context(), RemoveOutfit { outfit })
        .await
}
