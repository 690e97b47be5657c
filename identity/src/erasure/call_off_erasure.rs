//! `DELETE /v1/me/erasure`

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, Problem};

use crate::{Identity, database::in_time};

/// Change one's mind: stay after all.
#[utoipa::path(
    delete,
    path = "/v1/me/erasure",
    operation_id = "callOffErasure",
    summary = "Stay after all",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Nothing will be erased."),
        (status = 404, description = "The caller did not ask to be forgotten: `erasure-not-found`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn call_off_erasure(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let account = caller.account_id()?;
    // Not when it has begun.
    let update = sqlx::query!(
        "UPDATE identity.person SET erase_at = NULL WHERE account = $1 AND erase_at > now()",
        account
    );
    let done = in_time(update.execute(&identity.pool)).await?;
    if done.rows_affected() == 0 {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "erasure-not-found",
            "There is nothing to call off",
        ));
    }
    Ok(StatusCode::NO_CONTENT)
}
