//! `PUT /v1/me/passkeys/{id}`

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, JsonBody, PathOf, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::register_passkey::sound;
use crate::{Identity, database::in_time};

/// What a passkey is called from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyNameBody {
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 80, example = "phone")]
    name: String,
}

/// 404 for a passkey that is not the caller's.
pub(super) fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "passkey-not-found",
        "There is no such passkey",
    )
}

/// Give a passkey of the caller's another name.
#[utoipa::path(
    put,
    path = "/v1/me/passkeys/{id}",
    operation_id = "renamePasskey",
    summary = "Rename a passkey",
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The passkey")),
    request_body = PasskeyNameBody,
    responses(
        (status = 204, description = "It is called so."),
        (status = 404, description = "The caller has no such passkey: `passkey-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn rename_passkey(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(id): PathOf<Uuid>,
    JsonBody(body): JsonBody<PasskeyNameBody>,
) -> Result<StatusCode, Problem> {
    let account = caller.account_id()?;
    let update = sqlx::query!(
        "UPDATE identity.passkey SET name = $3 WHERE id = $1 AND account = $2",
        id,
        account,
        sound(&body.name)?
    );
    let done = in_time(update.execute(&identity.pool)).await?;
    if done.rows_affected() == 0 {
        return Err(not_found());
    }
    Ok(StatusCode::NO_CONTENT)
}
