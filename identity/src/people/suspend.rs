//! `PUT /v1/admin/people/{account}/suspension` and `DELETE` of the same

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, PathOf, Problem, Role};
use uuid::Uuid;

use crate::{Identity, account::not_found, database::in_time};

/// Keep somebody out: their sessions and keys open nothing from this moment on, and they cannot sign in. For admins.
#[utoipa::path(
    put,
    path = "/v1/admin/people/{account}/suspension",
    operation_id = "suspendPerson",
    summary = "Keep somebody out",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account")),
    responses(
        (status = 204, description = "They are kept out."),
        (status = 404, description = "Nobody has this account: `account-not-found`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn suspend_person(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(account): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    set(&identity, &caller, account, true).await
}

/// Let somebody in again who was kept out. For admins.
#[utoipa::path(
    delete,
    path = "/v1/admin/people/{account}/suspension",
    operation_id = "reinstatePerson",
    summary = "Let somebody in again",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account")),
    responses(
        (status = 204, description = "They may come in."),
        (status = 404, description = "Nobody has this account: `account-not-found`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn reinstate_person(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(account): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    set(&identity, &caller, account, false).await
}

async fn set(
    identity: &Identity,
    caller: &Caller,
    account: Uuid,
    is_suspended: bool,
) -> Result<StatusCode, Problem> {
    caller.require(&[Role::Admin])?;
    let update = sqlx::query!(
        "UPDATE identity.person SET suspended_at = CASE WHEN $2 THEN coalesce(suspended_at, now()) END WHERE account = $1",
        account,
        is_suspended
    );
    let done = in_time(update.execute(&identity.pool)).await?;
    if done.rows_affected() == 0 {
        return Err(not_found());
    }
    tracing::info!(%account, by = caller.account, is_suspended, "an admin decided who may come in");
    Ok(StatusCode::NO_CONTENT)
}
