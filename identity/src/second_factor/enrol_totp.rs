//! `POST /v1/me/totp`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use http_kit::{Caller, CommandProblems, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::totp;
use crate::{Identity, database::in_time, session::not_kept};

/// An app that is to show codes from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolledTotp {
    /// What to type into the app: the secret in Base32.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// What to show as a QR code: the same, with whom it belongs to.
    #[schema(
        example = "otpauth://totp/shop.example:ada%40shop.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=shop.example&algorithm=SHA1&digits=6&period=30"
    )]
    uri: String,
}

/// Have an app show codes for the caller's account. Its secret is told this once; it counts for nothing until a first code
/// confirms it under `/v1/me/totp/confirm`. Asked again before that, another secret takes its place.
#[utoipa::path(
    post,
    path = "/v1/me/totp",
    operation_id = "enrolTotp",
    summary = "Have an app show codes",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The secret.", body = EnrolledTotp),
        (status = 409, description = "The caller has not signed up (`not-signed-up`), or has an app already: `totp-enrolled`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn enrol_totp(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Response, Problem> {
    let proved = identity.proved(&caller).await?;
    let mut secret = [0; totp::SECRET];
    getrandom::fill(&mut secret).map_err(|error| {
        tracing::error!("this machine gives no random bytes: {error}");
        Problem::internal()
    })?;
    let sealed = identity.seal_totp(proved.account, &secret).await?;
    let insert = sqlx::query!(
        "INSERT INTO identity.totp (account, sealed) VALUES ($1, $2)
         ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, last_step = 0, created_at = now()
         WHERE totp.confirmed_at IS NULL",
        proved.account,
        sealed
    );
    let done = in_time(insert.execute(&identity.pool)).await?;
    if done.rows_affected() == 0 {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "totp-enrolled",
            "There is an app already",
        )
        .detail("Remove it first with DELETE /v1/me/totp."));
    }
    let site = &identity.options.mail.site;
    let issuer = site
        .split_once("://")
        .map_or(site.as_str(), |(_, host)| host);
    let document = EnrolledTotp {
        secret: totp::base32(&secret),
        uri: totp::uri(&secret, issuer, &proved.email),
    };
    let (once, header) = not_kept();
    Ok((StatusCode::CREATED, once, header, Json(document)).into_response())
}
