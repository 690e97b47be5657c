//! `POST /v1/recovery`

use axum::{Json, extract::State};
use http::StatusCode;
use http_kit::{JsonBody, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Identity,
    account::new_id,
    challenge::{Purpose, Wanted, open},
    email::Email,
    mail::MailLanguage,
    session::Client,
    sign_up::MailSent,
};

/// Who has forgotten the password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoveryBody {
    /// The address that they signed up with.
    email: Email,
    /// What the mail is written in; English, where nothing is said.
    #[serde(default)]
    language: MailLanguage,
}

/// Ask for a mail with which a new password can be set. Nobody learns here whether there is an account with this address.
#[utoipa::path(
    post,
    path = "/v1/recovery",
    operation_id = "requestRecovery",
    summary = "Ask to set a new password",
    tag = "identity",
    request_body = RecoveryBody,
    responses(
        (status = 202, description = "If there is an account, a mail is on its way.", body = MailSent),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No mail can be sent here (`mail-missing`), or something is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn request_recovery(
    State(identity): State<Identity>,
    client: Client,
    JsonBody(body): JsonBody<RecoveryBody>,
) -> Result<(StatusCode, Json<MailSent>), Problem> {
    identity.with_mail()?;
    identity
        .throttle
        .mail(&body.email.key(), client.network.0)?;
    let wanted = Wanted {
        id: new_id(),
        purpose: Purpose::Recovery,
        email: body.email,
        language: body.language,
        account: None,
    };
    open(&identity.pool, wanted).await?;
    identity.outbox.woken.notify_one();
    Ok((StatusCode::ACCEPTED, Json(MailSent::new())))
}
