//! `POST /v1/me/api-keys`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{identity::account::IssueApiKey, shared::ApiKeyId};
use http::StatusCode;
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, Problem, Role, SecretToken};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    account::{not_signed_up, problem},
    authenticate::KEY_PREFIX,
    database::{in_time, moment},
    role::{RoleBody, texts, to_domain},
    session::not_kept,
};

/// Characters of a name at most.
const NAME: usize = 80;

/// Days that a key lasts at most.
const DAYS: u32 = 366;

/// A key for a program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyBody {
    /// What it is for.
    #[schema(min_length = 1, max_length = 80, example = "nightly export")]
    name: String,
    /// What the program may do: no more than the caller may.
    #[schema(min_items = 1, max_items = 4)]
    roles: Vec<RoleBody>,
    /// After how many days it opens nothing any more.
    #[schema(minimum = 1, maximum = 366, example = 90)]
    #[serde(deserialize_with = "http_kit::whole_number")]
    days: u32,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IssuedApiKey {
    /// Revokes it, under this address.
    id: Uuid,
    /// The key, for `Authorization: Bearer`. It is told this once.
    #[schema(example = "drp_5f0c7f349a7d4c55a1a24a6f0f6b0f0e")]
    key: String,
    /// When it ends.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: OffsetDateTime,
}

/// Make a key with which a program may act for the caller. It is told once; repeated with the same `Idempotency-Key`, the request
/// tells another one, and the first opens nothing any more. A program cannot make keys.
#[utoipa::path(
    post,
    path = "/v1/me/api-keys",
    operation_id = "issueApiKey",
    summary = "Make an API key",
    tag = "identity",
    security(("bearer" = [])),
    params(CommandKey),
    request_body = ApiKeyBody,
    responses(
        (status = 201, description = "The key.", body = IssuedApiKey),
        (status = 409, description = "The caller has not signed up (`not-signed-up`) or has twenty keys (`api-keys-exceeded`); or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `api-key-roles-invalid`, `api-key-roles-exceeded`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn issue_api_key(
    State(identity): State<Identity>,
    caller: Caller,
    key: CommandKey,
    JsonBody(body): JsonBody<ApiKeyBody>,
) -> Result<Response, Problem> {
    let account = caller.account_id()?;
    let name = sound(&body)?;
    if caller.session.is_none() {
        return Err(not_signed_up());
    }
    let id = key.id_for("api-key");
    let token = SecretToken::random().map_err(|_| Problem::internal())?;
    let issue = IssueApiKey {
        key: ApiKeyId::new(id),
        roles: to_domain(&body.roles),
    };
    let roles = texts(body.roles.iter().copied().map(Role::from).collect());
    // Here first and not good yet, then in the log, then good: a key that the log does not know opens nothing.
    let insert = sqlx::query_scalar!(
        "INSERT INTO identity.api_key (id, account, name, secret, roles, expires_at)
         SELECT $1, account, $3, $4, $5, now() + make_interval(days => $6)
         FROM identity.person WHERE account = $2
         ON CONFLICT (id) DO UPDATE SET secret = excluded.secret
         RETURNING extract(epoch FROM expires_at)::bigint AS \"expires_at!\"",
        id,
        account,
        name,
        token.sha256(),
        &roles,
        i32::try_from(body.days).unwrap_or_default()
    );
    let expires_at = in_time(insert.fetch_optional(&identity.pool)).await?;
    let expires_at = expires_at.ok_or_else(not_signed_up)?;
    let context = key.context();
    let issued = identity
        .accounts
        .execute(&account.to_string(), issue.into(), context)
        .await;
    if let Err(error) = issued {
        let delete = sqlx::query!(
            "DELETE FROM identity.api_key WHERE id = $1 AND NOT issued",
            id
        );
        in_time(delete.execute(&identity.pool)).await?;
        return Err(problem(error));
    }
    let update = sqlx::query!(
        "UPDATE identity.api_key SET issued = true WHERE id = $1",
        id
    );
    in_time(update.execute(&identity.pool)).await?;
    let document = IssuedApiKey {
        id,
        key: format!("{KEY_PREFIX}{}", token.reveal()),
        expires_at: moment(expires_at),
    };
    let (once, header) = not_kept();
    Ok((StatusCode::CREATED, once, header, Json(document)).into_response())
}

/// The name, if the body is sound.
fn sound(body: &ApiKeyBody) -> Result<&str, Problem> {
    let name = body.name.trim();
    let is_name = (1..=NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
    if !is_name {
        return Err(Problem::invalid_body().pointer("/name", "has 1 to 80 characters on one line"));
    }
    if !(1..=DAYS).contains(&body.days) {
        return Err(Problem::invalid_body().pointer("/days", "is from 1 to 366"));
    }
    Ok(name)
}
