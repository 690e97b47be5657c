//! `DELETE /v1/me/providers/{provider}`

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, PathOf, Problem};

use super::start_provider_sign_in::not_found;
use crate::{Identity, database::in_time};

/// End the link to a provider: it signs the caller in no more. Whoever has no password sets one by mail.
#[utoipa::path(
    delete,
    path = "/v1/me/providers/{provider}",
    operation_id = "unlinkProvider",
    summary = "End the link to a provider",
    tag = "identity",
    security(("bearer" = [])),
    params(("provider" = String, Path, description = "The provider", example = "meadow")),
    responses(
        (status = 204, description = "It has ended."),
        (status = 404, description = "There is no such provider, or the caller is not linked to it: `provider-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The caller has not signed up: `not-signed-up`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn unlink_provider(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(provider): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let account = identity.proved(&caller).await?.account;
    let provider = identity.options.providers.get(&provider);
    let provider = provider.ok_or_else(not_found)?;
    let delete = sqlx::query!(
        "DELETE FROM identity.provider_link WHERE account = $1 AND issuer = $2",
        account,
        provider.issuer.as_str()
    );
    let done = in_time(delete.execute(&identity.pool)).await?;
    if done.rows_affected() == 0 {
        return Err(not_found());
    }
    Ok(StatusCode::NO_CONTENT)
}
