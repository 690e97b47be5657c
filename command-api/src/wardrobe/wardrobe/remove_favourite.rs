//! `DELETE /v1/wardrobe/favourites/{garment}`

use axum::extract::State;
use domain::{shared::GarmentId, wardrobe::wardrobe::RemoveFavourite};
use http_kit::{Caller, CommandKey, CommandProblems, PathOf, Problem};

use crate::{CommandApi, Written, identity::account::account_of};

/// Like a garment no longer. One that was not liked stays so.
#[utoipa::path(
    delete,
    path = "/v1/wardrobe/favourites/{garment}",
    operation_id = "removeFavourite",
    summary = "Like a garment no longer",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("garment" = Uuid, Path, description = "Which garment"), CommandKey),
    responses(
        (status = 200, description = "It is not liked.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "There never was anything in the wardrobe: `wardrobe-empty`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn remove_favourite(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(garment): PathOf<GarmentId>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    api.to_wardrobe(account, key.context(), RemoveFavourite { garment })
        .await
}
