//! `POST /v1/admin/signing-keys`

use axum::{Json, extract::State};
use http::StatusCode;
use http_kit::{Caller, CommandProblems, Problem, Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Identity;

/// The key that signs from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplacedSigningKeys {
    /// What the tokens call it.
    #[schema(example = "2f0c7f349a7d4c55")]
    kid: String,
}

/// Replace the keys of access tokens at once, because somebody else may have them: no token that was signed before is believed any
/// more, here within a minute, elsewhere within the five that keys may be kept. Sessions go on: refresh tokens get new access tokens. For
/// admins; each month a key is replaced by itself.
#[utoipa::path(
    post,
    path = "/v1/admin/signing-keys",
    operation_id = "replaceSigningKeys",
    summary = "Replace the keys of access tokens",
    tag = "admin",
    security(("bearer" = ["admin"])),
    responses(
        (status = 201, description = "A new key signs.", body = ReplacedSigningKeys),
        CommandProblems,
    )
)]
pub(crate) async fn replace_signing_keys(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<(StatusCode, Json<ReplacedSigningKeys>), Problem> {
    caller.require(&[Role::Admin])?;
    let kid = identity.signing_keys.replace().await?;
    tracing::warn!(by = caller.account, %kid, "an admin replaced the keys of access tokens");
    Ok((StatusCode::CREATED, Json(ReplacedSigningKeys { kid })))
}
