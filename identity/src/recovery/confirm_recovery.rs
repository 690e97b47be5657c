//! `POST /v1/recovery/confirm`

use axum::{extract::State, response::Response};
use http_kit::{JsonBody, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    challenge::{Proof, Purpose, Redeemed, redeem, used_in_tx},
    email::Email,
    password::{Password, StoredPassword},
    database::in_time,
    role,
    session::{Client, Delivery, NewSession, OpenedSession, SignedIn, end_sessions_in_tx, open_session_in_tx,
        signed_in},
};

/// What stood in the mail (the token of its link, or the address and its code), and a new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRecoveryBody {
    /// What stands behind the `#` of the link.
    #[schema(
        nullable = false,
        min_length = 32,
        max_length = 32,
        example = "0e5f0c7f349a7d4c55a1a24a6f0f6b0f"
    )]
    token: Option<String>,
    /// The address; with a code.
    #[schema(nullable = false)]
    email: Option<Email>,
    /// The code; with an address.
    #[schema(nullable = false, max_length = 16, example = "1234 5678")]
    code: Option<String>,
    /// The new password.
    new_password: Password,
    /// How the session is delivered; as a cookie, where nothing is said.
    #[serde(default)]
    deliver: Delivery,
}

/// Set a new password with what stood in the mail. All sessions end, and a new one begins.
#[utoipa::path(
    post,
    path = "/v1/recovery/confirm",
    operation_id = "confirmRecovery",
    summary = "Set a new password",
    tag = "identity",
    request_body = ConfirmRecoveryBody,
    responses(
        (status = 200, description = "The password is set, and the caller is signed in.", body = SignedIn),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), the code or link is not good (`proof-refused`), or the password is easily guessed (`password-weak`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn confirm_recovery(
    State(identity): State<Identity>,
    client: Client,
    JsonBody(body): JsonBody<ConfirmRecoveryBody>,
) -> Result<Response, Problem> {
    let proof = Proof::of(body.token, body.email, body.code)?;
    proof.throttle(&identity.throttle, client.network.0)?;
    let redeemed = redeem(&identity.pool, Purpose::Recovery, proof).await?;
    let email = redeemed.email.clone();
    let new = identity
        .hasher
        .hash_new(body.new_password, email, "/new_password");
    let stored = new.await?;
    let Some((account, roles, opened)) = replace(&identity, &client, &redeemed, &stored).await?
    else {
        return Err(Problem::internal());
    };
    Ok(signed_in(
        account,
        role::from_texts(&roles),
        opened,
        body.deliver,
        None,
    ))
}

type Replaced = (Uuid, Vec<String>, OpenedSession);

/// Sets the password, ends all sessions and begins one. None where the account is gone meanwhile.
async fn replace(
    identity: &Identity,
    client: &Client,
    redeemed: &Redeemed,
    stored: &StoredPassword,
) -> Result<Option<Replaced>, Problem> {
    let new = NewSession::draw(client, identity.options.session_lifetime)?;
    let replacing = async {
        let mut tx = identity.pool.begin().await?;
        let person = sqlx::query!(
            "UPDATE identity.person SET password = $2, pepper = $3
             WHERE email_key = $1 AND suspended_at IS NULL RETURNING account, roles",
            redeemed.email_key,
            stored.phc,
            stored.pepper
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(person) = person else {
            return Ok(None);
        };
        end_sessions_in_tx(&mut tx, person.account, None).await?;
        used_in_tx(&mut tx, Purpose::Recovery, &redeemed.email_key).await?;
        let opened = open_session_in_tx(&mut tx, person.account, new).await?;
        tx.commit().await?;
        Ok(Some((person.account, person.roles, opened)))
    };
    in_time(replacing).await
}
