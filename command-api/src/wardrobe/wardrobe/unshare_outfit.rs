//! `DELETE /v1/wardrobe/outfits/{id}/share`

use axum::extract::State;
use domain::{shared::OutfitId, wardrobe::wardrobe::UnshareOutfit};
use http_kit::{Caller, CommandKey, CommandProblems, PathOf, Problem};

use crate::{CommandApi, Written, identity::account::account_of};

/// End the link to an outfit. Whoever has it sees nothing any more.
#[utoipa::path(
    delete,
    path = "/v1/wardrobe/outfits/{id}/share",
    operation_id = "unshareOutfit",
    summary = "End the link to an outfit",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which outfit"), CommandKey),
    responses(
        (status = 200, description = "There is no link.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`outfit-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn unshare_outfit(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(outfit): PathOf<OutfitId>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    api.to_wardrobe(account, key.context(), UnshareOutfit { outfit })
        .await
}
