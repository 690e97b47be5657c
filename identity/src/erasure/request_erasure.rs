//! `DELETE /v1/me`

use axum::{Json, extract::State};
use http::StatusCode;
use http_kit::{Caller, CommandProblems, Problem};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    Identity,
    account::not_signed_up,
    database::{in_time, moment},
};

/// When somebody will be forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureDocument {
    /// When it happens; until then it can be called off.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    erased_at: OffsetDateTime,
}

/// Ask to be forgotten. After a while to change one's mind, photos and results, wardrobe and links, address, password, sessions
/// and keys are gone; the log keeps that an account without a name did something. Asked again, the time stays.
#[utoipa::path(
    delete,
    path = "/v1/me",
    operation_id = "requestErasure",
    summary = "Ask to be forgotten",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 202, description = "It will happen then.", body = ErasureDocument),
        (status = 409, description = "The caller has not signed up: `not-signed-up`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn request_erasure(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<(StatusCode, Json<ErasureDocument>), Problem> {
    let account = caller.account_id()?;
    // A program does not decide this.
    if caller.session.is_none() {
        return Err(not_signed_up());
    }
    let update = sqlx::query_scalar!(
        "UPDATE identity.person SET erase_at = coalesce(erase_at, now() + make_interval(secs => $2)) WHERE account = $1
         RETURNING extract(epoch FROM erase_at)::bigint AS \"erase_at!\"",
        account,
        identity.options.erasure_delay.as_secs_f64()
    );
    let erase_at = in_time(update.fetch_optional(&identity.pool)).await?;
    let document = ErasureDocument {
        erased_at: moment(erase_at.ok_or_else(not_signed_up)?),
    };
    Ok((StatusCode::ACCEPTED, Json(document)))
}
