//! `POST /v1/me/proof`, and what demands it.

use axum::extract::State;
use http::StatusCode;
use http_kit::{Caller, CommandProblems, JsonBody, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    account::not_signed_up,
    database::in_time,
    password::{Password, StoredPassword, Verdict},
    second_factor::Shown,
    session::Client,
};

/// What shows again that whoever has the session is whoever opened it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "seven grey herons wade home", "code": "123 456" }))]
pub(crate) struct ProofBody {
    /// The password.
    password: Password,
    /// What the app shows, where there is one.
    #[schema(max_length = 16, example = "123 456")]
    code: Option<String>,
    /// What stands on the paper, instead.
    #[schema(max_length = 40, example = "0e5f0-c7f34-9a7d4-c55a1")]
    recovery_code: Option<String>,
}

/// Somebody who has shown lately who they are.
pub(crate) struct Proved {
    pub(crate) account: Uuid,
    pub(crate) email: String,
}

/// Show again who the caller is. For ten minutes after that, or after a sign-in, this session may change what its owner signs in
/// with.
#[utoipa::path(
    post,
    path = "/v1/me/proof",
    operation_id = "prove",
    summary = "Show again who the caller is",
    tag = "identity",
    security(("bearer" = [])),
    request_body = ProofBody,
    responses(
        (status = 204, description = "It is shown."),
        (status = 409, description = "The caller has not signed up (`not-signed-up`), or has no password and signs in again instead: `password-missing`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), the password is wrong (`password-wrong`), or the second factor is missing or wrong: `second-factor-refused`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn prove(
    State(identity): State<Identity>,
    caller: Caller,
    client: Client,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<StatusCode, Problem> {
    let account = caller.account_id()?;
    let session = caller.session.ok_or_else(not_signed_up)?;
    let shown = Shown::of(body.code, body.recovery_code)?;
    let select = sqlx::query!(
        "SELECT email_key, password, pepper FROM identity.person WHERE account = $1",
        account
    );
    let row = in_time(select.fetch_optional(&identity.pool)).await?;
    let row = row.ok_or_else(not_signed_up)?;
    let email_key = row.email_key.ok_or_else(not_signed_up)?;
    let phc = row.password.ok_or_else(password_missing)?;
    identity
        .throttle
        .guess(&email_key, client.network.0, true)?;
    let stored = StoredPassword {
        phc,
        pepper: row.pepper,
    };
    let verdict = identity.hasher.verify(body.password, Some(stored)).await?;
    if verdict == Verdict::Wrong {
        return Err(password_wrong("/password"));
    }
    identity
        .demand_second_factor(account, shown.as_ref())
        .await?;
    let update = sqlx::query!(
        "UPDATE identity.session SET proved_at = now() WHERE id = $1",
        session
    );
    in_time(update.execute(&identity.pool)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 422 for a password that is not the caller's; `pointer` is where it stands in the body.
pub(super) fn password_wrong(pointer: &str) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "password-wrong",
        "The current password is wrong",
    )
    .pointer(pointer, "is not the caller's password")
}

fn password_missing() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "password-missing",
        "This account has no password",
    )
    .detail("Sign in again as you have signed in before: the new session counts.")
}

impl Identity {
    /// The caller, if it has been shown in the last ten minutes who has this session: 403 where not. What is left open, or
    /// stolen, must not be enough to change what its owner signs in with.
    pub(crate) async fn proved(&self, caller: &Caller) -> Result<Proved, Problem> {
        let account = caller.account_id()?;
        let session = caller.session.ok_or_else(not_signed_up)?;
        let select = sqlx::query!(
            "SELECT person.email, session.proved_at > now() - interval '10 minutes' AS \"is_fresh!\"
             FROM identity.session JOIN identity.person USING (account) WHERE session.id = $1",
            session
        );
        let row = in_time(select.fetch_optional(&self.pool)).await?;
        let row = row.ok_or_else(not_signed_up)?;
        let email = row.email.ok_or_else(not_signed_up)?;
        if row.is_fresh {
            return Ok(Proved { account, email });
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "proof-wanted",
            "Show again who you are",
        )
        .detail("Send the password to POST /v1/me/proof, or sign in again."))
    }
}
