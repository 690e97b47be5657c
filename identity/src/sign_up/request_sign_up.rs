//! `POST /v1/sign-up`

use axum::{Json, extract::State};
use http::StatusCode;
use http_kit::{JsonBody, OptionalCaller, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    account::new_id,
    challenge::{Purpose, Wanted, open},
    database::in_time,
    email::Email,
    mail::MailLanguage,
    password::{Beside, Password},
    session::Client,
};

/// Who wants an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpBody {
    /// Their address; they get a mail with a code.
    email: Email,
    /// The password that they will sign in with: 15 characters at least, and not easily guessed.
    password: Password,
    /// What the mail is written in; English, where nothing is said.
    #[serde(default)]
    language: MailLanguage,
}

/// A mail is on its way, if there is anything to say.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailSent {
    /// For how many seconds after its arrival its code and its link are good.
    #[schema(minimum = 1, maximum = 86_400)]
    pub(crate) valid_s: u32,
}

impl MailSent {
    pub(crate) const fn new() -> Self {
        Self { valid_s: 900 }
    }
}

/// Sign up: a mail with a code and a link is sent, and either confirms the address. Whether there is an account with this address
/// already, only its mail says. A guest who signs up keeps the account.
#[utoipa::path(
    post,
    path = "/v1/sign-up",
    operation_id = "requestSignUp",
    summary = "Sign up",
    tag = "identity",
    request_body = SignUpBody,
    responses(
        (status = 202, description = "A mail is on its way.", body = MailSent),
        (status = 401, description = "A token that came along is not known: `unauthenticated`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), or the password is easily guessed (`password-weak`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No mail can be sent here (`mail-missing`), or something is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn request_sign_up(
    State(identity): State<Identity>,
    OptionalCaller(caller): OptionalCaller,
    client: Client,
    JsonBody(body): JsonBody<SignUpBody>,
) -> Result<(StatusCode, Json<MailSent>), Problem> {
    identity.with_mail()?;
    identity
        .throttle
        .mail(&body.email.key(), client.network.0)?;
    let email = body.email.as_str().to_owned();
    let stored = identity
        .hasher
        .hash_new(body.password, email, "/password", Beside::Nothing)
        .await?;
    let guest = caller.and_then(|caller| caller.session);
    let account = match guest {
        Some(session) => guest_account(&identity, session).await?,
        None => None,
    };
    let wanted = Wanted {
        id: new_id(),
        purpose: Purpose::SignUp,
        email: body.email,
        language: body.language,
        account: Some((account.unwrap_or_else(new_id), stored)),
    };
    open(&identity.pool, wanted).await?;
    identity.outbox.woken.notify_one();
    Ok((StatusCode::ACCEPTED, Json(MailSent::new())))
}

/// The account of a guest, who keeps it.
async fn guest_account(identity: &Identity, session: Uuid) -> Result<Option<Uuid>, Problem> {
    let select = sqlx::query_scalar!(
        "SELECT account FROM identity.session JOIN identity.person USING (account)
         WHERE session.id = $1 AND person.email IS NULL",
        session
    );
    in_time(select.fetch_optional(&identity.pool)).await
}
