//! `POST /v1/sign-in/passkey-options`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http_kit::Problem;
use webauthn_rp::{DiscoverableCredentialRequestOptions, bin::Encode, request::TimedCeremony};

use super::{ceremony::broken, start_passkey::PasskeyOptions};
use crate::{
    Identity,
    session::{Client, not_kept},
};

/// Begin to sign in with a passkey: what the browser asks the authenticator. Good for five minutes, once. Nobody has to say who they
/// are: the passkey does.
#[utoipa::path(
    post,
    path = "/v1/sign-in/passkey-options",
    operation_id = "startPasskeySignIn",
    summary = "Begin to sign in with a passkey",
    tag = "identity",
    responses(
        (status = 200, description = "What to ask.", body = PasskeyOptions),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn start_passkey_sign_in(
    State(identity): State<Identity>,
    client: Client,
) -> Result<Response, Problem> {
    identity.throttle.ceremony(client.network.0)?;
    let party = &identity.options.relying_party;
    let options = DiscoverableCredentialRequestOptions::passkey(party.id());
    let (server, asked) = options
        .start_ceremony()
        .map_err(|error| broken("a passkey cannot be asked for", &error))?;
    let state = server
        .encode()
        .map_err(|error| broken("a ceremony cannot be kept", &error))?;
    let challenge = server.sent_challenge();
    identity.begin_ceremony(challenge, None, &state).await?;
    let options = serde_json::to_value(&asked)
        .map_err(|error| broken("a ceremony cannot be told", &error))?;
    let (once, header) = not_kept();
    Ok((once, header, Json(PasskeyOptions { options })).into_response())
}
