//! `DELETE /v1/admin/people/{account}/sessions`

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, PathOf, Problem, Role};
use uuid::Uuid;

use crate::{Identity, database::in_time, session::end_sessions_in_tx};

/// End all sessions of somebody. For admins.
#[utoipa::path(
    delete,
    path = "/v1/admin/people/{account}/sessions",
    operation_id = "endSessionsOfPerson",
    summary = "End somebody's sessions",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account")),
    responses(
        (status = 204, description = "They have ended."),
        CommandProblems,
    )
)]
pub(crate) async fn end_sessions_of(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(account): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    caller.require(&[Role::Admin])?;
    let ending = async {
        let mut connection = identity.pool.acquire().await?;
        end_sessions_in_tx(&mut connection, account, None).await
    };
    let ended = in_time(ending).await?;
    tracing::info!(%account, by = caller.account, "an admin ended {ended} sessions");
    Ok(StatusCode::NO_CONTENT)
}
