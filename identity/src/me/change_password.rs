//! `PUT /v1/me/password`

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, JsonBody, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::prove::password_wrong;
use crate::{
    Identity,
    account::not_signed_up,
    database::in_time,
    password::{Beside, Password, StoredPassword, Verdict, is_short},
    session::{Client, end_sessions_in_tx},
};

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordBody {
    /// The password so far: a session that was left open is not enough.
    current_password: Password,
    /// The new one.
    new_password: Password,
}

/// Change the caller's password. All other sessions end. Whoever has a second factor has to have shown it in the last ten minutes,
/// and may take a shorter password.
#[utoipa::path(
    put,
    path = "/v1/me/password",
    operation_id = "changePassword",
    summary = "Change the password",
    tag = "identity",
    security(("bearer" = [])),
    request_body = ChangePasswordBody,
    responses(
        (status = 204, description = "It is changed."),
        (status = 409, description = "The caller has no password: `not-signed-up`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), the current password is wrong (`password-wrong`), or the new one is easily guessed (`password-weak`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has a second factor and has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change_password(
    State(identity): State<Identity>,
    caller: Caller,
    client: Client,
    JsonBody(body): JsonBody<ChangePasswordBody>,
) -> Result<StatusCode, Problem> {
    let account = caller.account_id()?;
    let select = sqlx::query!(
        "SELECT email, email_key, password, pepper FROM identity.person WHERE account = $1",
        account
    );
    let row = in_time(select.fetch_optional(&identity.pool)).await?;
    let (email, email_key, phc, pepper) = row
        .and_then(|row| Some((row.email?, row.email_key?, row.password?, row.pepper)))
        .ok_or_else(not_signed_up)?;
    identity
        .throttle
        .guess(&email_key, client.network.0, true)?;
    let stored = StoredPassword { phc, pepper };
    let verdict = identity
        .hasher
        .verify(body.current_password, Some(stored))
        .await?;
    if verdict == Verdict::Wrong {
        return Err(password_wrong("/current_password"));
    }
    let is_short = is_short(&body.new_password);
    let beside = identity.beside_password(&caller, account).await?;
    let new = identity
        .hasher
        .hash_new(body.new_password, email, "/new_password", beside);
    let stored = new.await?;
    let changing = async {
        let mut tx = identity.pool.begin().await?;
        // Held, so that the second factor that makes a short password long enough does not go away meanwhile.
        sqlx::query_scalar!(
            "SELECT account FROM identity.person WHERE account = $1 FOR UPDATE",
            account
        )
        .fetch_optional(&mut *tx)
        .await?;
        let changed = sqlx::query!(
            "UPDATE identity.person SET password = $2, pepper = $3, password_is_short = $4
             WHERE account = $1 AND (NOT $4 OR EXISTS (
                 SELECT FROM identity.totp WHERE totp.account = person.account AND confirmed_at IS NOT NULL))",
            account,
            stored.phc,
            stored.pepper,
            is_short
        )
        .execute(&mut *tx)
        .await?;
        end_sessions_in_tx(&mut tx, account, caller.session).await?;
        tx.commit().await?;
        Ok(changed.rows_affected() == 1)
    };
    let is_changed = in_time(changing).await?;
    identity.recognised.ended(account);
    if is_changed {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::unavailable())
}

impl Identity {
    /// What is asked for beside the password. Whoever has a second factor must have shown it lately.
    async fn beside_password(&self, caller: &Caller, account: Uuid) -> Result<Beside, Problem> {
        if !self.has_second_factor(account).await? {
            return Ok(Beside::Nothing);
        }
        self.proved(caller).await?;
        Ok(Beside::SecondFactor)
    }
}
