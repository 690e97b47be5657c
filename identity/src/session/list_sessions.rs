//! `GET /v1/me/sessions`

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

/// Where somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionDocument {
    /// Ends it, under this address.
    id: Uuid,
    /// What the browser or program calls itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0")]
    agent: String,
    /// The network that it was opened from, so wide that it points at nobody.
    #[schema(example = "203.0.113.0/24")]
    network: String,
    /// Whether it is the one that asks.
    is_current: bool,
    /// When it was opened.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    seen_at: OffsetDateTime,
    /// When it ends at the latest.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: OffsetDateTime,
}

/// Everywhere that somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionList {
    /// The newest first, five hundred at most.
    items: Vec<SessionDocument>,
}

/// List where the caller is signed in, the newest first.
#[utoipa::path(
    get,
    path = "/v1/me/sessions",
    operation_id = "listSessions",
    summary = "List where the caller is signed in",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The sessions.", body = SessionList),
        QueryProblems,
    )
)]
pub(crate) async fn list_sessions(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Json<SessionList>, Problem> {
    let account = caller.account_id()?;
    let select = sqlx::query!(
        "SELECT id, agent, network, extract(epoch FROM created_at)::bigint AS \"created_at!\",
                extract(epoch FROM seen_at)::bigint AS \"seen_at!\", extract(epoch FROM expires_at)::bigint AS \"expires_at!\"
         FROM identity.session
         WHERE account = $1 AND expires_at > now() AND seen_at > now() - make_interval(secs => $2)
         ORDER BY created_at DESC LIMIT 500",
        account,
        identity.options.session_idle.as_secs_f64()
    );
    let rows = in_time(select.fetch_all(&identity.pool)).await?;
    let items = rows.into_iter().map(|row| SessionDocument {
        id: row.id,
        agent: row.agent,
        network: row.network,
        is_current: caller.session == Some(row.id),
        created_at: moment(row.created_at),
        seen_at: moment(row.seen_at),
        expires_at: moment(row.expires_at),
    });
    Ok(Json(SessionList {
        items: items.collect(),
    }))
}
