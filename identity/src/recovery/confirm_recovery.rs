//! `POST /v1/recovery/confirm`

use axum::{extract::State, response::Response};
use http_kit::{JsonBody, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Identity,
    challenge::{Proof, Purpose, Redeemed, redeem, used_in_tx},
    database::in_time,
    email::Email,
    password::{Beside, Password, StoredPassword, is_short},
    role,
    session::{
        Client, Delivery, NewSession, OpenedSession, SignedIn, end_sessions_in_tx,
        open_session_in_tx,
    },
};

/// What stood in the mail (the token of its link, or the address and its code), and a new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRecoveryBody {
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
    /// The new password.
    new_password: Password,
    /// How the session is delivered; as a cookie, where nothing is said.
    #[serde(default)]
    deliver: Delivery,
}

/// Set a new password with what stood in the mail. All sessions end, and a new one begins; whoever has a second factor gets a
/// challenge for it instead.
#[utoipa::path(
    post,
    path = "/v1/recovery/confirm",
    operation_id = "confirmRecovery",
    summary = "Set a new password",
    tag = "identity",
    request_body = ConfirmRecoveryBody,
    responses(
        (status = 200, description = "The password is set, and the caller is signed in.", body = SignedIn),
        (status = 401, description = "The password is set, and a second factor is needed to sign in: `second-factor-wanted`, with a challenge.", body = Problem, content_type = "application/problem+json"),
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
    let has_second_factor = has_second_factor(&identity, &redeemed).await?;
    let beside = if has_second_factor {
        Beside::SecondFactor
    } else {
        Beside::Nothing
    };
    let is_short = is_short(&body.new_password);
    let new = identity
        .hasher
        .hash_new(body.new_password, email, "/new_password", beside);
    let stored = new.await?;
    let new = NewSession::draw(&client, identity.options.session_lifetime, body.deliver)?;
    let Some((account, roles, opened)) =
        replace(&identity, new, &redeemed, (&stored, is_short)).await?
    else {
        return Err(Problem::unavailable());
    };
    let Some(opened) = opened else {
        return identity.want_second_factor(account).await;
    };
    let roles = role::from_texts(&roles);
    identity
        .signed_in((account, roles), opened, body.deliver, None)
        .await
}

async fn has_second_factor(identity: &Identity, redeemed: &Redeemed) -> Result<bool, Problem> {
    let select = sqlx::query_scalar!(
        "SELECT EXISTS (SELECT FROM identity.totp JOIN identity.person USING (account)
                        WHERE person.email_key = $1 AND confirmed_at IS NOT NULL) AS \"has!\"",
        redeemed.email_key
    );
    in_time(select.fetch_one(&identity.pool)).await
}

type Replaced = (Uuid, Vec<String>, Option<OpenedSession>);

/// Sets the password, ends all sessions and begins one; but none for whoever has a second factor, who has to show that first. None
/// at all where the account is gone meanwhile, or the second factor that makes the password long enough.
async fn replace(
    identity: &Identity,
    new: NewSession,
    redeemed: &Redeemed,
    (stored, is_short): (&StoredPassword, bool),
) -> Result<Option<Replaced>, Problem> {
    let replacing = async {
        let mut tx = identity.pool.begin().await?;
        // Held, so that the second factor that makes a short password long enough does not go away meanwhile.
        sqlx::query_scalar!(
            "SELECT account FROM identity.person WHERE email_key = $1 FOR UPDATE",
            redeemed.email_key
        )
        .fetch_optional(&mut *tx)
        .await?;
        let person = sqlx::query!(
            "UPDATE identity.person SET password = $2, pepper = $3, password_is_short = $4
             WHERE email_key = $1 AND suspended_at IS NULL
             RETURNING account, roles,
                 EXISTS (SELECT FROM identity.totp
                         WHERE totp.account = person.account AND confirmed_at IS NOT NULL) AS \"has_second!\"",
            redeemed.email_key,
            stored.phc,
            stored.pepper,
            is_short
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(person) = person.filter(|person| person.has_second || !is_short) else {
            return Ok(None);
        };
        end_sessions_in_tx(&mut tx, person.account, None).await?;
        used_in_tx(&mut tx, Purpose::Recovery, &redeemed.email_key).await?;
        let opened = if person.has_second {
            None
        } else {
            Some(open_session_in_tx(&mut tx, person.account, new).await?)
        };
        tx.commit().await?;
        Ok(Some((person.account, person.roles, opened)))
    };
    let replaced = in_time(replacing).await?;
    if let Some((account, ..)) = &replaced {
        identity.recognised.ended(*account);
    }
    Ok(replaced)
}
