//! `DELETE /v1/pictures/{id}/consent`

use axum::extract::State;
use domain::{media::picture::WithdrawConsent, shared::PictureId};
use http_kit::{Caller, CommandKey, CommandProblems, PathOf, Problem};

use crate::{CommandApi, Written, identity::account::account_of};

/// No longer agree to what is done with one's own photo. Try-ons of it that have not ended are given up.
#[utoipa::path(
    delete,
    path = "/v1/pictures/{id}/consent",
    operation_id = "withdrawConsent",
    summary = "Withdraw the consent to a photo",
    tag = "media",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which photo"), CommandKey),
    responses(
        (status = 200, description = "Nothing more is done with it.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`picture-not-found`, also where it is somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn withdraw_consent(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<PictureId>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    api.to_own_picture(account, id, &key, WithdrawConsent {}.into())
        .await
}
