//! `GET /v1/sign-in/providers` and `GET /v1/me/providers`

use axum::{Json, extract::State};
use http_kit::{Caller, Problem, QueryProblems};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    Identity,
    database::{in_time, moment},
};

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderDocument {
    /// What it is called in addresses.
    #[schema(example = "meadow")]
    id: String,
}

/// The providers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderList {
    /// In the order of the configuration.
    items: Vec<ProviderDocument>,
}

/// List the providers that people may sign in with.
#[utoipa::path(
    get,
    path = "/v1/sign-in/providers",
    operation_id = "listProviders",
    summary = "List the providers that people may sign in with",
    tag = "identity",
    responses((status = 200, description = "The providers.", body = ProviderList))
)]
pub(crate) async fn list_providers(State(identity): State<Identity>) -> Json<ProviderList> {
    let items = identity.options.providers.iter();
    let items = items.map(|provider| ProviderDocument {
        id: provider.id.clone(),
    });
    Json(ProviderList {
        items: items.collect(),
    })
}

/// A provider that signs the caller in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderLinkDocument {
    /// What it is called in addresses.
    #[schema(example = "meadow")]
    id: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// When it last did.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    last_used_at: Option<OffsetDateTime>,
}

/// The providers that sign the caller in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderLinkList {
    /// The oldest link first.
    items: Vec<ProviderLinkDocument>,
}

/// List the providers that sign the caller in.
#[utoipa::path(
    get,
    path = "/v1/me/providers",
    operation_id = "listProviderLinks",
    summary = "List the providers that sign the caller in",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The providers.", body = ProviderLinkList),
        QueryProblems,
    )
)]
pub(crate) async fn list_provider_links(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Json<ProviderLinkList>, Problem> {
    let account = caller.account_id()?;
    let select = sqlx::query!(
        "SELECT issuer, extract(epoch FROM created_at)::bigint AS \"created_at!\",
                extract(epoch FROM last_used_at)::bigint AS last_used_at
         FROM identity.provider_link WHERE account = $1 ORDER BY created_at LIMIT 100",
        account
    );
    let rows = in_time(select.fetch_all(&identity.pool)).await?;
    let items = rows.into_iter().filter_map(|row| {
        // One that is not configured any more signs nobody in.
        let provider = identity.options.providers.of_issuer(&row.issuer)?;
        Some(ProviderLinkDocument {
            id: provider.id.clone(),
            created_at: moment(row.created_at),
            last_used_at: row.last_used_at.map(moment),
        })
    });
    Ok(Json(ProviderLinkList {
        items: items.collect(),
    }))
}
