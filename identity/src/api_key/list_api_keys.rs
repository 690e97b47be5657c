//! `GET /v1/me/api-keys` and `GET /v1/admin/people/{account}/api-keys`

use axum::{Json, extract::State};
use http_kit::{Caller, PathOf, Problem, QueryProblems, Role};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    database::{in_time, moment},
    role::{RoleBody, bodies, from_texts},
};

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyDocument {
    /// Revokes it, under this address.
    id: Uuid,
    /// What it is for.
    #[schema(example = "nightly export")]
    name: String,
    /// What it was made to do; it does not do what its account may not.
    roles: Vec<RoleBody>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    last_used_at: Option<OffsetDateTime>,
    /// When it ends, or has ended.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: OffsetDateTime,
}

/// The keys of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyList {
    /// The newest first.
    items: Vec<ApiKeyDocument>,
}

/// List the caller's API keys, the newest first; those that have ended stay for ninety days.
#[utoipa::path(
    get,
    path = "/v1/me/api-keys",
    operation_id = "listApiKeys",
    summary = "List the caller's API keys",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The keys.", body = ApiKeyList),
        QueryProblems,
    )
)]
pub(crate) async fn list_api_keys(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Json<ApiKeyList>, Problem> {
    identity.api_keys_of(caller.account_id()?).await.map(Json)
}

/// List somebody's API keys, the newest first. For admins.
#[utoipa::path(
    get,
    path = "/v1/admin/people/{account}/api-keys",
    operation_id = "listApiKeysOfPerson",
    summary = "List somebody's API keys",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account")),
    responses(
        (status = 200, description = "The keys; none where nobody has this account.", body = ApiKeyList),
        (status = 403, description = "This is for admins: `forbidden`.", body = Problem, content_type = "application/problem+json"),
        QueryProblems,
    )
)]
pub(crate) async fn list_api_keys_of(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(account): PathOf<Uuid>,
) -> Result<Json<ApiKeyList>, Problem> {
    caller.require(&[Role::Admin])?;
    identity.api_keys_of(account).await.map(Json)
}

impl Identity {
    async fn api_keys_of(&self, account: Uuid) -> Result<ApiKeyList, Problem> {
        let select = sqlx::query!(
            "SELECT id, name, roles, extract(epoch FROM created_at)::bigint AS \"created_at!\",
                extract(epoch FROM last_used_at)::bigint AS last_used_at,
                extract(epoch FROM expires_at)::bigint AS \"expires_at!\"
         FROM identity.api_key WHERE account = $1 AND issued ORDER BY created_at DESC LIMIT 500",
            account
        );
        let rows = in_time(select.fetch_all(&self.pool)).await?;
        let items = rows.into_iter().map(|row| ApiKeyDocument {
            id: row.id,
            name: row.name,
            roles: bodies(from_texts(&row.roles)),
            created_at: moment(row.created_at),
            last_used_at: row.last_used_at.map(moment),
            expires_at: moment(row.expires_at),
        });
        Ok(ApiKeyList {
            items: items.collect(),
        })
    }
}
