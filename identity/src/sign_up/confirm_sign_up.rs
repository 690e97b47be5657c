//! `POST /v1/sign-up/confirm`

use axum::{extract::State, response::Response};
use http::StatusCode;
use http_kit::{JsonBody, Problem, Role, Roles};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    challenge::{Proof, Purpose, Redeemed, redeem, used_in_tx},
    database::in_time,
    email::Email,
    password::StoredPassword,
    role,
    session::{Client, Delivery, NewSession, SignedIn, open_session_in_tx},
};

/// What stood in the mail: the token of its link, or the address and its code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmSignUpBody {
    /// What stands behind the `#` of the link.
    #[schema(
        min_length = 32,
        max_length = 32,
        example = "0e5f0c7f349a7d4c55a1a24a6f0f6b0f"
    )]
    token: Option<String>,
    /// The address; with a code.
    email: Option<Email>,
    /// The code; with an address.
    #[schema(max_length = 16, example = "1234 5678")]
    code: Option<String>,
    /// How the session is delivered; as a cookie, where nothing is said.
    #[serde(default)]
    deliver: Delivery,
}

/// Confirm an address with what stood in the mail. The account is open and its owner signed in.
#[utoipa::path(
    post,
    path = "/v1/sign-up/confirm",
    operation_id = "confirmSignUp",
    summary = "Confirm an e-mail address",
    tag = "identity",
    request_body = ConfirmSignUpBody,
    responses(
        (status = 200, description = "The account is open, and the caller is signed in.", body = SignedIn),
        (status = 409, description = "The address was confirmed before: `already-signed-up`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), or the code or link is not good: `proof-refused`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn confirm_sign_up(
    State(identity): State<Identity>,
    client: Client,
    JsonBody(body): JsonBody<ConfirmSignUpBody>,
) -> Result<Response, Problem> {
    let proof = Proof::of(body.token, body.email, body.code)?;
    proof.throttle(&identity.throttle, client.network.0)?;
    let redeemed = redeem(&identity.pool, Purpose::SignUp, proof).await?;
    let Some((account, stored)) = redeemed.account.clone() else {
        tracing::error!("a sign-up lacks its account");
        return Err(Problem::internal());
    };
    // The log first: whatever breaks off after it, the same code goes on from here.
    identity.open_account(account, redeemed.id).await?;
    if !enter(&identity, account, &stored, &redeemed).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "already-signed-up",
            "There is an account with this address already",
        )
        .detail("Sign in with POST /v1/sign-in."));
    }
    let roles = Roles::from(Role::Shopper);
    let new = NewSession::draw(&client, identity.options.session_lifetime, body.deliver)?;
    let opening = async {
        let mut connection = identity.pool.acquire().await?;
        open_session_in_tx(&mut connection, account, new).await
    };
    let opened = in_time(opening).await?;
    identity
        .signed_in((account, roles), opened, body.deliver, None)
        .await
}

/// Writes the person down; a guest becomes one. False where somebody else has the address.
async fn enter(
    identity: &Identity,
    account: Uuid,
    stored: &StoredPassword,
    redeemed: &Redeemed,
) -> Result<bool, Problem> {
    let roles = role::texts(Role::Shopper.into());
    let entering = async {
        let mut tx = identity.pool.begin().await?;
        let taken = sqlx::query_scalar!(
            "SELECT account FROM identity.person WHERE email_key = $1 FOR UPDATE",
            redeemed.email_key
        );
        let taken = taken.fetch_optional(&mut *tx).await?;
        if taken.is_some() {
            return Ok(false);
        }
        let entered = sqlx::query!(
            "INSERT INTO identity.person (account, email, email_key, password, pepper, language, roles)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (account) DO UPDATE
             SET email = excluded.email, email_key = excluded.email_key, password = excluded.password,
                 pepper = excluded.pepper, language = excluded.language
             WHERE person.email IS NULL",
            account,
            redeemed.email,
            redeemed.email_key,
            stored.phc,
            stored.pepper,
            redeemed.language.as_str(),
            &roles
        );
        let entered = entered.execute(&mut *tx).await?;
        used_in_tx(&mut tx, Purpose::SignUp, &redeemed.email_key).await?;
        tx.commit().await?;
        Ok(entered.rows_affected() == 1)
    };
    in_time(entering).await
}
