//! `DELETE /v1/admin/people/{account}/sessions`

use axum::extract::State;
use domain::identity::account::AccountDecision;
use http::StatusCode;
use http_kit::{CommandProblems, Decision, PathOf, Problem, ReasonQuery, Role};
use uuid::Uuid;

use crate::{
    Identity,
    database::in_time,
    decision::{Decided, note_in_tx},
    session::end_sessions_in_tx,
};

/// End all sessions of somebody. The log is told who decided it, from where and why. For admins.
#[utoipa::path(
    delete,
    path = "/v1/admin/people/{account}/sessions",
    operation_id = "endSessionsOfPerson",
    summary = "End somebody's sessions",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account"), ReasonQuery),
    responses(
        (status = 204, description = "They have ended."),
        CommandProblems,
    )
)]
pub(crate) async fn end_sessions_of(
    State(identity): State<Identity>,
    decision: Decision,
    PathOf(account): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    decision.caller.require(&[Role::Admin])?;
    let ending = async {
        let mut tx = identity.pool.begin().await?;
        sqlx::query!(
            "SELECT account FROM identity.person WHERE account = $1 FOR UPDATE",
            account
        )
        .fetch_optional(&mut *tx)
        .await?;
        let ended = end_sessions_in_tx(&mut tx, account, None).await?;
        if ended > 0 {
            note_in_tx(
                &mut tx,
                Decided::Account(account, AccountDecision::EndSessions),
                &decision,
            )
            .await?;
        }
        tx.commit().await?;
        Ok(ended)
    };
    let ended = in_time(ending).await?;
    identity.recognised.ended(account);
    identity.decided.notify_one();
    tracing::info!(%account, by = decision.caller.account, "an admin ended {ended} sessions");
    Ok(StatusCode::NO_CONTENT)
}
