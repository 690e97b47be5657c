//! `GET /v1/me/passkeys`

use axum::{Json, extract::State};
use http_kit::{Caller, Problem, QueryProblems};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    database::{in_time, moment},
};

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasskeyDocument {
    /// Renames and removes it, under this address.
    id: Uuid,
    /// What its owner calls it.
    #[schema(example = "phone")]
    name: String,
    /// When it was registered.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// When it last signed somebody in.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    last_used_at: Option<OffsetDateTime>,
}

/// The passkeys of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasskeyList {
    /// The oldest first.
    items: Vec<PasskeyDocument>,
}

/// List the caller's passkeys, the oldest first.
#[utoipa::path(
    get,
    path = "/v1/me/passkeys",
    operation_id = "listPasskeys",
    summary = "List the caller's passkeys",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The passkeys.", body = PasskeyList),
        QueryProblems,
    )
)]
pub(crate) async fn list_passkeys(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Json<PasskeyList>, Problem> {
    let account = caller.account_id()?;
    let select = sqlx::query!(
        "SELECT id, name, extract(epoch FROM created_at)::bigint AS \"created_at!\",
                extract(epoch FROM last_used_at)::bigint AS last_used_at
         FROM identity.passkey WHERE account = $1 ORDER BY created_at LIMIT 100",
        account
    );
    let rows = in_time(select.fetch_all(&identity.pool)).await?;
    let items = rows.into_iter().map(|row| PasskeyDocument {
        id: row.id,
        name: row.name,
        created_at: moment(row.created_at),
        last_used_at: row.last_used_at.map(moment),
    });
    Ok(Json(PasskeyList {
        items: items.collect(),
    }))
}
