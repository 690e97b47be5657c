//! `PUT /v1/admin/people/{account}/roles`

use axum::extract::State;
use domain::{identity::account::ChangeRoles, shared::Reason};
use http::StatusCode;
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem, Role};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    account::{not_found, problem},
    role::{RoleBody, to_domain},
};

/// What an account is for from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolesBody {
    /// At least one role, each once.
    #[schema(min_items = 1, max_items = 4)]
    roles: Vec<RoleBody>,
    /// Why. It stays in the log for good: no names, no addresses.
    #[schema(
        min_length = 1,
        max_length = 200,
        example = "joins the team that counts returns"
    )]
    reason: String,
}

/// Say what somebody may do from now on. Their sessions and keys do no more than that at once. For admins.
#[utoipa::path(
    put,
    path = "/v1/admin/people/{account}/roles",
    operation_id = "changeRoles",
    summary = "Change what somebody may do",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account"), CommandKey),
    request_body = RolesBody,
    responses(
        (status = 204, description = "It is changed."),
        (status = 404, description = "There is no such account: `account-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`; or others changed it at the same time: `changed-meanwhile`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `account-roles-invalid`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn change_roles(
    State(identity): State<Identity>,
    caller: Caller,
    key: CommandKey,
    PathOf(account): PathOf<Uuid>,
    JsonBody(body): JsonBody<RolesBody>,
) -> Result<StatusCode, Problem> {
    caller.require(&[Role::Admin])?;
    let reason = Reason::parse(&body.reason)
        .map_err(|error| Problem::invalid_body().pointer("/reason", error.to_string()))?;
    let change = ChangeRoles {
        roles: to_domain(&body.roles),
        reason,
    };
    identity
        .accounts
        .execute(&account.to_string(), change.into(), key.context())
        .await
        .map_err(problem)?;
    // What the log says now: another admin may have been faster.
    let roles = identity.roles_of(account).await?.ok_or_else(not_found)?;
    identity.remember_roles(account, roles).await?;
    Ok(StatusCode::NO_CONTENT)
}
