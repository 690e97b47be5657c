//! `POST /v1/guests`

use axum::{extract::State, response::Response};
use http_kit::{JsonBody, Problem, Role};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Identity,
    account::new_id,
    database::in_time,
    role,
    session::{Client, Delivery, NewSession, SignedIn, open_session_in_tx},
};

/// Somebody who does not say who they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuestBody {
    /// How the session is delivered; as a cookie, where nothing is said.
    #[serde(default)]
    deliver: Delivery,
}

/// Open a guest's account: with favourites, outfits and try-ons, without a name. Whoever signs up later keeps it; whoever signs
/// in takes over what is in it.
#[utoipa::path(
    post,
    path = "/v1/guests",
    operation_id = "signUpGuest",
    summary = "Open a guest's account",
    tag = "identity",
    request_body = GuestBody,
    responses(
        (status = 200, description = "The guest is signed in.", body = SignedIn),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_up_guest(
    State(identity): State<Identity>,
    client: Client,
    JsonBody(body): JsonBody<GuestBody>,
) -> Result<Response, Problem> {
    identity.throttle.guest(client.network.0)?;
    let account = new_id();
    identity.open_account(account, account).await?;
    let roles = Role::Shopper.into();
    let new = NewSession::draw(&client, identity.options.session_lifetime, body.deliver)?;
    let opening = async {
        let mut tx = identity.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO identity.person (account, roles) VALUES ($1, $2)",
            account,
            &role::texts(roles)
        )
        .execute(&mut *tx)
        .await?;
        let opened = open_session_in_tx(&mut tx, account, new).await?;
        tx.commit().await?;
        Ok(opened)
    };
    let opened = in_time(opening).await?;
    identity
        .signed_in((account, roles), opened, body.deliver, None)
        .await
}
