//! `POST /v1/me/totp/confirm`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use http_kit::{Caller, CommandProblems, JsonBody, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    check::{digits, refused},
    recovery_codes::{new_recovery_codes, replace_recovery_codes_in_tx},
};
use crate::{
    Identity,
    database::in_time,
    session::{Client, not_kept},
};

/// A first code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmTotpBody {
    /// What the app shows.
    #[schema(max_length = 16, example = "123 456")]
    code: String,
}

/// Codes for when the app is lost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Ten, each good once instead of an app's code. They are told this once.
    #[schema(min_items = 10, max_items = 10, example = json!([
        "0e5f0-c7f34-9a7d4-c55a1", "1e5f0-c7f34-9a7d4-c55a1", "2e5f0-c7f34-9a7d4-c55a1", "3e5f0-c7f34-9a7d4-c55a1",
        "4e5f0-c7f34-9a7d4-c55a1", "5e5f0-c7f34-9a7d4-c55a1", "6e5f0-c7f34-9a7d4-c55a1", "7e5f0-c7f34-9a7d4-c55a1",
        "8e5f0-c7f34-9a7d4-c55a1", "9e5f0-c7f34-9a7d4-c55a1",
    ]))]
    pub(super) recovery_codes: Vec<String>,
}

/// Confirm the app with the code that it shows. From now on signing in takes a password and a code, and a password may be shorter.
#[utoipa::path(
    post,
    path = "/v1/me/totp/confirm",
    operation_id = "confirmTotp",
    summary = "Confirm the app with its first code",
    tag = "identity",
    security(("bearer" = [])),
    request_body = ConfirmTotpBody,
    responses(
        (status = 200, description = "It counts from now on.", body = RecoveryCodes),
        (status = 409, description = "The caller has not signed up: `not-signed-up`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), or this is not the code of an app that waits for its first one: `second-factor-refused`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn confirm_totp(
    State(identity): State<Identity>,
    caller: Caller,
    client: Client,
    JsonBody(body): JsonBody<ConfirmTotpBody>,
) -> Result<Response, Problem> {
    let account = identity.proved(&caller).await?.account;
    identity
        .throttle
        .second_factor(account, client.network.0, true)?;
    let step = identity
        .step_of(account, &digits(&body.code), false)
        .await?;
    let step = step.ok_or_else(|| refused(StatusCode::UNPROCESSABLE_ENTITY))?;
    let recovery_codes = new_recovery_codes()?;
    let confirming = async {
        let mut tx = identity.pool.begin().await?;
        let confirmed = sqlx::query!(
            "UPDATE identity.totp SET confirmed_at = now(), last_step = $2 WHERE account = $1 AND confirmed_at IS NULL",
            account,
            step
        );
        let confirmed = confirmed.execute(&mut *tx).await?.rows_affected() == 1;
        if confirmed {
            replace_recovery_codes_in_tx(&mut tx, account, &recovery_codes).await?;
        }
        tx.commit().await?;
        Ok(confirmed)
    };
    if !in_time(confirming).await? {
        return Err(refused(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let (once, header) = not_kept();
    Ok((once, header, Json(RecoveryCodes { recovery_codes })).into_response())
}
