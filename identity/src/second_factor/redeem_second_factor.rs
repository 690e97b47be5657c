//! `POST /v1/sign-in/second-factor`

use axum::{extract::State, response::Response};
use http::StatusCode;
use http_kit::{JsonBody, OptionalCaller, Problem, SecretToken};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Shown, check::refused};
use crate::{
    Identity,
    database::in_time,
    session::{Client, Delivery, SignedIn},
};

/// The challenge, and one of the two codes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "challenge": "0e5f0c7f349a7d4c55a1a24a6f0f6b0f", "code": "123 456" }))]
pub(crate) struct SecondFactorBody {
    /// What the problem `second-factor-wanted` said.
    #[schema(value_type = String, min_length = 32, max_length = 32, example = "0e5f0c7f349a7d4c55a1a24a6f0f6b0f")]
    challenge: SecretToken,
    /// What the app shows.
    #[schema(max_length = 16, example = "123 456")]
    code: Option<String>,
    /// What stands on the paper, instead.
    #[schema(max_length = 40, example = "0e5f0-c7f34-9a7d4-c55a1")]
    recovery_code: Option<String>,
    /// How the session is delivered; as a cookie, where nothing is said.
    #[serde(default)]
    deliver: Delivery,
}

/// Sign in with a second factor, after the password was right. A challenge has five attempts, a code is good once.
#[utoipa::path(
    post,
    path = "/v1/sign-in/second-factor",
    operation_id = "redeemSecondFactor",
    summary = "Sign in with a second factor",
    tag = "identity",
    request_body = SecondFactorBody,
    responses(
        (status = 200, description = "The caller is signed in.", body = SignedIn),
        (status = 401, description = "The challenge is not good any more (`challenge-refused`), the code is wrong (`second-factor-refused`), or a token that came along is not known: `unauthenticated`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn redeem_second_factor(
    State(identity): State<Identity>,
    OptionalCaller(caller): OptionalCaller,
    client: Client,
    JsonBody(body): JsonBody<SecondFactorBody>,
) -> Result<Response, Problem> {
    let shown = Shown::of(body.code, body.recovery_code)?
        .ok_or_else(|| Problem::invalid_body().pointer("", "has a code or a recovery code"))?;
    identity.throttle.link(client.network.0)?;
    let half = identity.half_signed_in(&body.challenge, &client).await?;
    identity
        .throttle
        .second_factor(half.account, client.network.0, half.is_known_here)?;
    if !identity.take_second_factor(half.account, &shown).await? {
        return Err(refused(StatusCode::UNAUTHORIZED));
    }
    let delete = sqlx::query!("DELETE FROM identity.half_sign_in WHERE id = $1", half.id);
    in_time(delete.execute(&identity.pool)).await?;
    let before = caller.and_then(|caller| caller.session);
    identity
        .begin_session((half.account, half.roles), &client, before, body.deliver)
        .await
}
