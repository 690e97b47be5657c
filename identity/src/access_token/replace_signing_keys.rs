//! `POST /v1/admin/signing-keys`

use axum::{Json, extract::State};
use http::StatusCode;
use http_kit::{CommandProblems, Decision, Problem, ReasonQuery, Role};
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
/// more, here within a minute, elsewhere within the five that keys may be kept. Sessions go on: refresh tokens get new access tokens. The
/// log is told who decided it, from where and why. For admins; each month a key is replaced by itself.
#[utoipa::path(
    post,
    path = "/v1/admin/signing-keys",
    operation_id = "replaceSigningKeys",
    summary = "Replace the keys of access tokens",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(ReasonQuery),
    responses(
        (status = 201, description = "A new key signs.", body = ReplacedSigningKeys),
        CommandProblems,
    )
)]
pub(crate) async fn replace_signing_keys(
    State(identity): State<Identity>,
    decision: Decision,
) -> Result<(StatusCode, Json<ReplacedSigningKeys>), Problem> {
    decision.caller.require(&[Role::Admin])?;
    let kid = identity.signing_keys.replace(&decision).await?;
    identity.decided.notify_one();
    tracing::warn!(by = decision.caller.account, %kid, "an admin replaced the keys of access tokens");
    Ok((StatusCode::CREATED, Json(ReplacedSigningKeys { kid })))
}
