//! `DELETE /v1/me/passkeys/{id}`

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, PathOf, Problem};
use uuid::Uuid;

use super::rename_passkey::not_found;
use crate::{Identity, database::in_time};

/// Remove a passkey of the caller's. It signs nobody in any more from this moment on.
#[utoipa::path(
    delete,
    path = "/v1/me/passkeys/{id}",
    operation_id = "removePasskey",
    summary = "Remove a passkey",
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The passkey")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "The caller has no such passkey: `passkey-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The caller has not signed up: `not-signed-up`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove_passkey(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(id): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    let account = identity.proved(&caller).await?.account;
    let delete = sqlx::query!(
        "DELETE FROM identity.passkey WHERE id = $1 AND account = $2",
        id,
        account
    );
    let done = in_time(delete.execute(&identity.pool)).await?;
    if done.rows_affected() == 0 {
        return Err(not_found());
    }
    Ok(StatusCode::NO_CONTENT)
}
