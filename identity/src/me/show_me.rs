//! `GET /v1/me`

use axum::{Json, extract::State};
use http_kit::{Caller, Problem, QueryProblems};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    database::{in_time, moment},
    email::Email,
    role::{RoleBody, bodies},
};

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The account.
    account: Uuid,
    /// What this request may do.
    roles: Vec<RoleBody>,
    /// The address that they signed up with; a guest has none, nor has a configured token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Email)]
    email: Option<String>,
    /// Whether they have not signed up yet.
    is_guest: bool,
    /// When the account was opened; unknown for a configured token.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    created_at: Option<OffsetDateTime>,
    /// When they will be forgotten, if they asked for it.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    erased_at: Option<OffsetDateTime>,
}

/// Show who the caller is.
#[utoipa::path(
    get,
    path = "/v1/me",
    operation_id = "showMe",
    summary = "Show who the caller is",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Who asks.", body = Me),
        QueryProblems,
    )
)]
pub(crate) async fn show_me(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Json<Me>, Problem> {
    let account = caller.account_id()?;
    let select = sqlx::query!(
        "SELECT email, extract(epoch FROM created_at)::bigint AS \"created_at!\",
                extract(epoch FROM erase_at)::bigint AS erase_at
         FROM identity.person WHERE account = $1",
        account
    );
    let row = in_time(select.fetch_optional(&identity.pool)).await?;
    Ok(Json(Me {
        account,
        roles: bodies(caller.roles),
        is_guest: row.as_ref().is_some_and(|row| row.email.is_none()),
        created_at: row.as_ref().map(|row| moment(row.created_at)),
        erased_at: row.as_ref().and_then(|row| row.erase_at.map(moment)),
        email: row.and_then(|row| row.email),
    }))
}
