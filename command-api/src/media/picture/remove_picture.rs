//! `DELETE /v1/pictures/{id}`

use axum::extract::State;
use domain::{
    media::picture::{Removal, RemovePicture},
    shared::PictureId,
};
use http_kit::{Caller, CommandKey, CommandProblems, PathOf, Problem};

use crate::{CommandApi, Written, identity::account::account_of};

/// Remove one's own photo, or what came of a try-on: its bytes in all sizes are deleted. The log keeps that it was there.
#[utoipa::path(
    delete,
    path = "/v1/pictures/{id}",
    operation_id = "removePicture",
    summary = "Remove a picture of a person",
    tag = "media",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which picture"), CommandKey),
    responses(
        (status = 200, description = "It is gone.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`picture-not-found`, also where it is somebody else's or the catalogue's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn remove_picture(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<PictureId>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    let reason = Removal::ByOwner;
    api.to_own_picture(account, id, &key, RemovePicture { reason }.into())
        .await
}
