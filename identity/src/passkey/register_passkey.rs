//! `POST /v1/me/passkeys`

use axum::{Json, extract::State};
use http::StatusCode;
use http_kit::{Caller, CommandProblems, JsonBody, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use webauthn_rp::{
    RegistrationServerState,
    bin::{Decode, Encode},
    request::register::RegistrationVerificationOptions,
};

use super::{PASSKEYS, ceremony::broken, start_passkey::registration};
use crate::{Identity, account::new_id, database::in_time};

/// Characters of a name at most.
const NAME: usize = 80;

/// A new passkey.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyBody {
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 80, example = "phone")]
    name: String,
    /// What `credential.toJSON()` answers in the browser (Web Authentication level 3, `RegistrationResponseJSON`).
    #[schema(value_type = Object, example = json!({ "id": "AQ", "rawId": "AQ", "type": "public-key", "response": {} }))]
    credential: Value,
}

/// A passkey that was registered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredPasskey {
    /// Renames and removes it, under this address.
    id: Uuid,
}

pub(super) fn too_many() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "passkeys-exceeded",
        "An account has at most 20 passkeys",
    )
    .detail("Remove one first.")
}

/// A name, if it is sound.
pub(super) fn sound(name: &str) -> Result<&str, Problem> {
    let name = name.trim();
    if (1..=NAME).contains(&name.chars().count()) && !name.contains(char::is_control) {
        return Ok(name);
    }
    Err(Problem::invalid_body().pointer("/name", "has 1 to 80 characters on one line"))
}

/// Register a passkey with what the authenticator answered. From now on it signs its owner in without a password.
#[utoipa::path(
    post,
    path = "/v1/me/passkeys",
    operation_id = "registerPasskey",
    summary = "Register a passkey",
    tag = "identity",
    security(("bearer" = [])),
    request_body = PasskeyBody,
    responses(
        (status = 201, description = "It is registered.", body = RegisteredPasskey),
        (status = 409, description = "The caller has not signed up (`not-signed-up`), has twenty passkeys (`passkeys-exceeded`), or the passkey is registered already: `passkey-known`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), or this does not answer a challenge that is still good: `passkey-refused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn register_passkey(
    State(identity): State<Identity>,
    caller: Caller,
    JsonBody(body): JsonBody<PasskeyBody>,
) -> Result<(StatusCode, Json<RegisteredPasskey>), Problem> {
    let account = identity.proved(&caller).await?.account;
    let name = sound(&body.name)?;
    let registration = registration(&body.credential)?;
    let challenge = registration.challenge_relaxed().map_err(|_| refused())?;
    let state = identity.end_ceremony(challenge, Some(account)).await?;
    let state = RegistrationServerState::<16>::decode(&state.ok_or_else(refused)?)
        .map_err(|error| broken("a ceremony cannot be read", &error))?;
    let party = &identity.options.relying_party;
    let options = RegistrationVerificationOptions::<String, String> {
        allowed_origins: party.origins(),
        ..RegistrationVerificationOptions::default()
    };
    let credential = state.verify(party.id(), &registration, &options);
    let credential = credential.map_err(|error| {
        tracing::info!(%account, "a passkey was not registered: {error}");
        refused()
    })?;
    let key = credential
        .static_state()
        .encode()
        .map_err(|error| broken("a passkey cannot be kept", &error))?;
    let Ok(state) = credential.dynamic_state().encode();
    let Ok(transports) = credential.transports().encode();
    let id = new_id();
    let insert = sqlx::query!(
        "INSERT INTO identity.passkey (id, account, credential, name, transports, key, state)
         SELECT $1, $2, $3, $4, $5, $6, $7
         WHERE (SELECT count(*) FROM identity.passkey WHERE account = $2) < $8
         ON CONFLICT (credential) DO NOTHING",
        id,
        account,
        credential.id().into_inner(),
        name,
        i16::from(transports),
        key,
        &state[..],
        PASSKEYS
    );
    if in_time(insert.execute(&identity.pool))
        .await?
        .rows_affected()
        == 0
    {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "passkey-known",
            "This passkey is registered already, or there are 20",
        ));
    }
    Ok((StatusCode::CREATED, Json(RegisteredPasskey { id })))
}

fn refused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "passkey-refused",
        "This does not answer a challenge that is still good",
    )
    .detail("Begin anew with POST /v1/me/passkey-options.")
}
