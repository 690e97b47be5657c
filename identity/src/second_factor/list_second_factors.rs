//! `GET /v1/me/second-factors`

use axum::{Json, extract::State};
use http_kit::{Caller, Problem, QueryProblems};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    Identity,
    database::{in_time, moment},
};

/// What the caller needs beside the password.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SecondFactors {
    /// Since when an app shows codes for the account, if one does.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    totp_since: Option<OffsetDateTime>,
    /// Recovery codes that were not used yet.
    #[schema(minimum = 0, maximum = 10)]
    recovery_codes_left: i64,
}

/// Show what the caller needs beside the password.
#[utoipa::path(
    get,
    path = "/v1/me/second-factors",
    operation_id = "listSecondFactors",
    summary = "Show what the caller needs beside the password",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What is needed.", body = SecondFactors),
        QueryProblems,
    )
)]
pub(crate) async fn list_second_factors(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Json<SecondFactors>, Problem> {
    let account = caller.account_id()?;
    let select = sqlx::query!(
        "SELECT extract(epoch FROM confirmed_at)::bigint AS \"since!\",
                (SELECT count(*) FROM identity.recovery_code WHERE recovery_code.account = totp.account) AS \"left!\"
         FROM identity.totp WHERE account = $1 AND confirmed_at IS NOT NULL",
        account
    );
    let row = in_time(select.fetch_optional(&identity.pool)).await?;
    Ok(Json(SecondFactors {
        totp_since: row.as_ref().map(|row| moment(row.since)),
        recovery_codes_left: row.map_or(0, |row| row.left),
    }))
}
