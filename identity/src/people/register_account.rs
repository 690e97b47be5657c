//! `POST /v1/accounts`

use axum::{extract::State, response::Response};
use domain::{identity::account::RegisterAccount, shared::AccountId};
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, Problem, Role, Written};
use serde::Deserialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::schema::{Array, ArrayBuilder},
};

use crate::{
    Identity,
    account::problem,
    role::{RoleBody, to_domain},
};

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterAccountBody {
    /// What it is for: at least one role, each once.
    #[schema(schema_with = roles)]
    roles: Vec<RoleBody>,
}

/// What the document says of roles.
fn roles() -> Array {
    ArrayBuilder::new()
        .description(Some("What it is for: at least one role, each once."))
        .items(RoleBody::schema())
        .unique_items(true)
        .min_items(Some(1))
        .max_items(Some(4))
        .examples([serde_json::json!(["shopper"])])
        .build()
}

/// Open an account.
#[utoipa::path(
    post,
    path = "/v1/accounts",
    operation_id = "registerAccount",
    summary = "Open an account",
    tag = "identity",
    security(("bearer" = ["admin"])),
    params(CommandKey),
    request_body = RegisterAccountBody,
    responses(
        (status = 201, description = "The account is open.", body = Written, headers(
            ("Location" = String, description = "The account's address"),
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 409, description = "This id is taken: `account-already-registered`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `account-roles-invalid`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn register_account(
    State(identity): State<Identity>,
    caller: Caller,
    key: CommandKey,
    JsonBody(body): JsonBody<RegisterAccountBody>,
) -> Result<Response, Problem> {
    caller.require(&[Role::Admin])?;
    let id = key.id_for("account");
    let roles = to_domain(&body.roles);
    let outcome = identity
        .accounts
        .execute(
            &AccountId::new(id).to_string(),
            RegisterAccount { roles }.into(),
            key.context(),
        )
        .await
        .map_err(problem)?;
    let written = Written::of(id, outcome)?;
    Ok(written.created(&format!("/v1/accounts/{id}")))
}
