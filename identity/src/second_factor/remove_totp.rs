//! `DELETE /v1/me/totp`

use axum::extract::State;
use domain::identity::account::AccountDecision;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, Decision, PathOf, Problem, ReasonQuery, Role};
use uuid::Uuid;

use crate::{
    Identity,
    account::not_found,
    database::in_time,
    decision::{Decided, note_in_tx},
    session::end_sessions_in_tx,
};

/// 404 for whoever has no app.
pub(super) fn not_enrolled() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "totp-not-found",
        "There is no app that shows codes",
    )
}

/// Do without the app from now on: signing in takes a password alone, and the recovery codes are good for nothing any more.
#[utoipa::path(
    delete,
    path = "/v1/me/totp",
    operation_id = "removeTotp",
    summary = "Do without the app that shows codes",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "The caller has no app that shows codes: `totp-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The caller has not signed up (`not-signed-up`), or has a password that is too short to stand alone: `password-short`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove_totp(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let account = identity.proved(&caller).await?.account;
    // The row of the person is held, so that the password does not become a short one meanwhile.
    let removing = async {
        let mut tx = identity.pool.begin().await?;
        let is_short = sqlx::query_scalar!(
            "SELECT password_is_short FROM identity.person WHERE account = $1 FOR UPDATE",
            account
        );
        if is_short.fetch_optional(&mut *tx).await?.unwrap_or_default() {
            return Ok(None);
        }
        let delete = sqlx::query!("DELETE FROM identity.totp WHERE account = $1", account);
        let gone = delete.execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        Ok(Some(gone))
    };
    match in_time(removing).await? {
        None => Err(Problem::new(
            StatusCode::CONFLICT,
            "password-short",
            "The password is too short to stand alone",
        )
        .detail("Choose one of 15 characters first, with PUT /v1/me/password.")),
        Some(0) => Err(not_enrolled()),
        Some(_) => Ok(StatusCode::NO_CONTENT),
    }
}

/// Take the second factor of somebody away who has lost it. Their sessions end, and a password that is too short to stand alone
/// opens nothing any more: they set a new one by mail. The log is told who decided it, from
/// where and why. For admins.
#[utoipa::path(
    delete,
    path = "/v1/admin/people/{account}/second-factor",
    operation_id = "removeSecondFactor",
    summary = "Take somebody's second factor away",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account"), ReasonQuery),
    responses(
        (status = 204, description = "They need a password alone."),
        (status = 404, description = "Nobody has this account: `account-not-found`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn remove_second_factor(
    State(identity): State<Identity>,
    decision: Decision,
    PathOf(account): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    decision.caller.require(&[Role::Admin])?;
    let removing = async {
        let mut tx = identity.pool.begin().await?;
        let is_short = sqlx::query_scalar!(
            "SELECT password_is_short FROM identity.person WHERE account = $1 FOR UPDATE",
            account
        );
        let Some(is_short) = is_short.fetch_optional(&mut *tx).await? else {
            return Ok(false);
        };
        sqlx::query!(
            "UPDATE identity.person
             SET password = CASE WHEN password_is_short THEN NULL ELSE password END, password_is_short = false
             WHERE account = $1",
            account
        )
        .execute(&mut *tx)
        .await?;
        let delete = sqlx::query!("DELETE FROM identity.totp WHERE account = $1", account);
        let gone = delete.execute(&mut *tx).await?.rows_affected();
        let ended = end_sessions_in_tx(&mut tx, account, None).await?;
        if is_short || gone + ended > 0 {
            let what = AccountDecision::RemoveSecondFactor;
            note_in_tx(&mut tx, Decided::Account(account, what), &decision).await?;
        }
        tx.commit().await?;
        Ok(true)
    };
    if !in_time(removing).await? {
        return Err(not_found());
    }
    identity.recognised.ended(account);
    identity.decided.notify_one();
    tracing::info!(%account, by = decision.caller.account, "an admin took a second factor away");
    Ok(StatusCode::NO_CONTENT)
}
