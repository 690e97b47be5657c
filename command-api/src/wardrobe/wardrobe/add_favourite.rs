//! `PUT /v1/wardrobe/favourites/{garment}`

use axum::extract::State;
use domain::{shared::GarmentId, wardrobe::wardrobe::AddFavourite};
use http_kit::{Caller, CommandKey, CommandProblems, PathOf, Problem};

use crate::{CommandApi, Written, identity::account::account_of};

/// Like a garment. Needs no body.
#[utoipa::path(
    put,
    path = "/v1/wardrobe/favourites/{garment}",
    operation_id = "addFavourite",
    summary = "Like a garment",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("garment" = Uuid, Path, description = "Which garment"), CommandKey),
    responses(
        (status = 200, description = "It is liked.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`favourites-exceeded`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn add_favourite(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(garment): PathOf<GarmentId>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    api.seen_by_shoppers(garment, None).await?;
    api.to_wardrobe(account, key.context(), AddFavourite { garment })
        .await
}
