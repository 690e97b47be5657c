//! `POST /v1/sign-in`

use axum::{extract::State, response::Response};
use http::StatusCode;
use http_kit::{JsonBody, OptionalCaller, Problem, Roles};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Client, Delivery, SignedIn};
use crate::{
    Identity,
    database::in_time,
    email::Email,
    password::{Password, StoredPassword, Verdict},
    role,
};

/// Who wants to come in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    /// The address that somebody signed up with.
    email: Email,
    /// The password.
    password: Password,
    /// How the session is delivered; as a cookie, where nothing is said.
    #[serde(default)]
    deliver: Delivery,
}

/// Somebody who can sign in.
struct Person {
    account: Uuid,
    stored: StoredPassword,
    roles: Roles,
    is_suspended: bool,
}

/// Sign in with an e-mail address and a password. A guest who signs in gets a token with which the guest's wardrobe can be taken
/// over. Whoever has a second factor gets a challenge for it instead of a session. Nobody learns from the answer, or from how long it takes, whether there is somebody with this address.
#[utoipa::path(
    post,
    path = "/v1/sign-in",
    operation_id = "signIn",
    summary = "Sign in",
    tag = "identity",
    request_body = SignInBody,
    responses(
        (status = 200, description = "The caller is signed in.", body = SignedIn),
        (status = 401, description = "Address and password do not belong together: `sign-in-refused`; they do, and a second factor is needed: `second-factor-wanted`, with a challenge; or a token that came along is not known: `unauthenticated`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many sign in at the moment, or a store is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_in(
    State(identity): State<Identity>,
    OptionalCaller(caller): OptionalCaller,
    client: Client,
    JsonBody(body): JsonBody<SignInBody>,
) -> Result<Response, Problem> {
    let email_key = body.email.key();
    let (person, is_known_here) = find(&identity, &email_key, &client).await?;
    identity
        .throttle
        .guess(&email_key, client.network.0, is_known_here)?;
    let stored = person.as_ref().map(|person| person.stored.clone());
    let verdict = identity
        .hasher
        .verify(body.password.clone(), stored)
        .await?;
    let person = match person {
        Some(person) if verdict != Verdict::Wrong && !person.is_suspended => person,
        _ => return Err(refused()),
    };
    if verdict == Verdict::RightButOld {
        let stored = identity.hasher.hash(body.password).await?;
        identity.remember_password(person.account, &stored).await?;
    }
    if identity.has_second_factor(person.account).await? {
        return identity.want_second_factor(person.account).await;
    }
    let before = caller.and_then(|caller| caller.session);
    identity
        .begin_session(
            (person.account, person.roles),
            &client,
            before,
            body.deliver,
        )
        .await
}

fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "sign-in-refused",
        "The address and the password do not belong together",
    )
    .detail("Check both, or set a new password with POST /v1/recovery.")
}

/// The person with this address, and whether they have signed in from this network before.
async fn find(
    identity: &Identity,
    email_key: &str,
    client: &Client,
) -> Result<(Option<Person>, bool), Problem> {
    let select = sqlx::query!(
        "SELECT account, password, pepper, roles, suspended_at IS NOT NULL AS \"is_suspended!\",
                EXISTS (SELECT FROM identity.session
                        WHERE session.account = person.account AND session.network = $2) AS \"is_known_here!\"
         FROM identity.person WHERE email_key = $1",
        email_key,
        client.network.wide()
    );
    let Some(row) = in_time(select.fetch_optional(&identity.pool)).await? else {
        return Ok((None, false));
    };
    let person = row.password.map(|phc| Person {
        account: row.account,
        stored: StoredPassword {
            phc,
            pepper: row.pepper,
        },
        roles: role::from_texts(&row.roles),
        is_suspended: row.is_suspended,
    });
    Ok((person, row.is_known_here))
}

impl Identity {
    /// Replaces how a password is remembered.
    pub(crate) async fn remember_password(
        &self,
        account: Uuid,
        stored: &StoredPassword,
    ) -> Result<(), Problem> {
        let update = sqlx::query!(
            "UPDATE identity.person SET password = $2, pepper = $3 WHERE account = $1",
            account,
            stored.phc,
            stored.pepper
        );
        in_time(update.execute(&self.pool)).await.map(|_| ())
    }
}
