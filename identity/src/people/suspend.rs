//! `PUT /v1/admin/people/{account}/suspension` and `DELETE` of the same

use axum::extract::State;
use domain::identity::account::AccountDecision;
use http::StatusCode;
use http_kit::{CommandProblems, Decision, PathOf, Problem, ReasonQuery, Role};
use uuid::Uuid;

use crate::{
    Identity,
    account::not_found,
    database::in_time,
    decision::{Decided, note_in_tx},
};

/// Keep somebody out: their sessions and keys open nothing from this moment on, and they cannot sign in. The log is told who
/// decided it, from where and why. For admins.
#[utoipa::path(
    put,
    path = "/v1/admin/people/{account}/suspension",
    operation_id = "suspendPerson",
    summary = "Keep somebody out",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account"), ReasonQuery),
    responses(
        (status = 204, description = "They are kept out."),
        (status = 404, description = "Nobody has this account: `account-not-found`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn suspend_person(
    State(identity): State<Identity>,
    decision: Decision,
    PathOf(account): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    set(&identity, &decision, account, true).await
}

/// Let somebody in again who was kept out. The log is told who decided it, from where and why. For admins.
#[utoipa::path(
    delete,
    path = "/v1/admin/people/{account}/suspension",
    operation_id = "reinstatePerson",
    summary = "Let somebody in again",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account"), ReasonQuery),
    responses(
        (status = 204, description = "They may come in."),
        (status = 404, description = "Nobody has this account: `account-not-found`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn reinstate_person(
    State(identity): State<Identity>,
    decision: Decision,
    PathOf(account): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    set(&identity, &decision, account, false).await
}

async fn set(
    identity: &Identity,
    decision: &Decision,
    account: Uuid,
    is_suspended: bool,
) -> Result<StatusCode, Problem> {
    decision.caller.require(&[Role::Admin])?;
    let what = if is_suspended {
        AccountDecision::Suspend
    } else {
        AccountDecision::Reinstate
    };
    let deciding = async {
        let mut tx = identity.pool.begin().await?;
        let was_suspended = sqlx::query_scalar!(
            "SELECT suspended_at IS NOT NULL AS \"is_suspended!\" FROM identity.person WHERE account = $1 FOR UPDATE",
            account
        );
        let was_suspended = was_suspended.fetch_optional(&mut *tx).await?;
        // What is so already is no decision.
        if was_suspended.is_none_or(|was_suspended| was_suspended == is_suspended) {
            return Ok(was_suspended.is_some());
        }
        sqlx::query!(
            "UPDATE identity.person SET suspended_at = CASE WHEN $2 THEN now() END WHERE account = $1",
            account,
            is_suspended
        )
        .execute(&mut *tx)
        .await?;
        note_in_tx(&mut tx, Decided::Account(account, what), decision).await?;
        tx.commit().await?;
        Ok(true)
    };
    if !in_time(deciding).await? {
        return Err(not_found());
    }
    identity.recognised.ended(account);
    identity.decided.notify_one();
    tracing::info!(%account, by = decision.caller.account, is_suspended, "an admin decided who may come in");
    Ok(StatusCode::NO_CONTENT)
}
