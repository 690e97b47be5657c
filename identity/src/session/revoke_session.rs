//! `DELETE /v1/me/sessions/{id}` and `DELETE /v1/me/sessions`

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, PathOf, Problem};
use uuid::Uuid;

use super::end_sessions_in_tx;
use crate::{Identity, database::in_time};

/// Sign out elsewhere: end one session of the caller's. It opens nothing any more from this moment on.
#[utoipa::path(
    delete,
    path = "/v1/me/sessions/{id}",
    operation_id = "revokeSession",
    summary = "End a session",
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The session")),
    responses(
        (status = 204, description = "It has ended."),
        (status = 404, description = "The caller has no such session: `session-not-found`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn revoke_session(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(id): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    let account = caller.account_id()?;
    let delete = sqlx::query!(
        "DELETE FROM identity.session WHERE id = $1 AND account = $2",
        id,
        account
    );
    let done = in_time(delete.execute(&identity.pool)).await?;
    identity.recognised.ended(id);
    if done.rows_affected() == 0 {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "session-not-found",
            "There is no such session",
        ));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out everywhere else: end all sessions of the caller's but the one that asks.
#[utoipa::path(
    delete,
    path = "/v1/me/sessions",
    operation_id = "revokeOtherSessions",
    summary = "End all other sessions",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "They have ended."),
        CommandProblems,
    )
)]
pub(crate) async fn revoke_other_sessions(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let account = caller.account_id()?;
    let ending = async {
        let mut connection = identity.pool.acquire().await?;
        end_sessions_in_tx(&mut connection, account, caller.session).await
    };
    in_time(ending).await?;
    identity.recognised.ended(account);
    Ok(StatusCode::NO_CONTENT)
}
