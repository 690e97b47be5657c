//! `POST /v1/me/recovery-codes`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use http_kit::{Caller, CommandProblems, Problem};

use super::{
    confirm_totp::RecoveryCodes,
    recovery_codes::{new_recovery_codes, replace_recovery_codes_in_tx},
    remove_totp::not_enrolled,
};
use crate::{Identity, database::in_time, session::not_kept};

/// Have ten new recovery codes. Those before are good for nothing any more.
#[utoipa::path(
    post,
    path = "/v1/me/recovery-codes",
    operation_id = "renewRecoveryCodes",
    summary = "Have new recovery codes",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The codes.", body = RecoveryCodes),
        (status = 404, description = "The caller has no app that shows codes: `totp-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The caller has not signed up: `not-signed-up`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn renew_recovery_codes(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Response, Problem> {
    let account = identity.proved(&caller).await?.account;
    let recovery_codes = new_recovery_codes()?;
    let renewing = async {
        let mut tx = identity.pool.begin().await?;
        let enrolled = sqlx::query_scalar!(
            "SELECT account FROM identity.totp WHERE account = $1 AND confirmed_at IS NOT NULL FOR UPDATE",
            account
        );
        let enrolled = enrolled.fetch_optional(&mut *tx).await?.is_some();
        if enrolled {
            replace_recovery_codes_in_tx(&mut tx, account, &recovery_codes).await?;
        }
        tx.commit().await?;
        Ok(enrolled)
    };
    if !in_time(renewing).await? {
        return Err(not_enrolled());
    }
    let (once, header) = not_kept();
    let document = RecoveryCodes { recovery_codes };
    Ok((StatusCode::CREATED, once, header, Json(document)).into_response())
}
