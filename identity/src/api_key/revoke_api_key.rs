//! `DELETE /v1/me/api-keys/{id}` and `DELETE /v1/admin/people/{account}/api-keys/{id}`

use axum::extract::State;
use domain::{identity::account::RevokeApiKey, shared::ApiKeyId};
use http::StatusCode;
use http_kit::{Caller, CommandKey, CommandProblems, PathOf, Problem, Role};
use uuid::Uuid;

use crate::{Identity, account::problem, database::in_time};

/// Revoke an API key of the caller's. It opens nothing any more from this moment on.
#[utoipa::path(
    delete,
    path = "/v1/me/api-keys/{id}",
    operation_id = "revokeApiKey",
    summary = "Revoke an API key",
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The key"), CommandKey),
    responses(
        (status = 204, description = "It opens nothing any more."),
        (status = 404, description = "The caller has no such key: `api-key-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn revoke_api_key(
    State(identity): State<Identity>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<Uuid>,
) -> Result<StatusCode, Problem> {
    identity.revoke(caller.account_id()?, id, &key).await
}

/// Revoke an API key of somebody. It opens nothing any more from this moment on, and the log says who revoked it. For admins.
#[utoipa::path(
    delete,
    path = "/v1/admin/people/{account}/api-keys/{id}",
    operation_id = "revokeApiKeyOfPerson",
    summary = "Revoke somebody's API key",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(
        ("account" = Uuid, Path, description = "The account"),
        ("id" = Uuid, Path, description = "The key"),
        CommandKey
    ),
    responses(
        (status = 204, description = "It opens nothing any more."),
        (status = 404, description = "The account has no such key: `api-key-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn revoke_api_key_of(
    State(identity): State<Identity>,
    caller: Caller,
    key: CommandKey,
    PathOf((account, id)): PathOf<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    caller.require(&[Role::Admin])?;
    identity.revoke(account, id, &key).await
}

impl Identity {
    async fn revoke(
        &self,
        account: Uuid,
        id: Uuid,
        key: &CommandKey,
    ) -> Result<StatusCode, Problem> {
        let delete = sqlx::query!(
            "DELETE FROM identity.api_key WHERE id = $1 AND account = $2",
            id,
            account
        );
        let done = in_time(delete.execute(&self.pool)).await?;
        self.recognised.ended(account);
        let known = self.accounts.load(&account.to_string()).await?;
        let in_log = known.aggregate.has_key(ApiKeyId::new(id));
        if done.rows_affected() == 0 && !in_log {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "api-key-not-found",
                "There is no such key",
            ));
        }
        // It is dead already; the log is told, and where that breaks off, the same request tells it.
        let revoke = RevokeApiKey {
            key: ApiKeyId::new(id),
        };
        self.accounts
            .execute(&account.to_string(), revoke.into(), key.context())
            .await
            .map_err(problem)?;
        Ok(StatusCode::NO_CONTENT)
    }
}
