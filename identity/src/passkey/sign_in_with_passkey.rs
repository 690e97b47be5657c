//! `POST /v1/sign-in/passkey`

use axum::{extract::State, response::Response};
use http::StatusCode;
use http_kit::{JsonBody, OptionalCaller, Problem, Roles};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication16, DiscoverableAuthenticationServerState,
    bin::{Decode, Encode},
    request::auth::AuthenticationVerificationOptions,
    response::{
        CredentialId,
        register::{CompressedPubKey, DynamicState, StaticState},
    },
};

use super::{ceremony::broken, start_passkey::handle_of};
use crate::{
    Identity,
    database::in_time,
    role,
    session::{Client, Delivery, SignedIn},
};

/// What the authenticator answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeySignInBody {
    /// What `credential.toJSON()` answers in the browser (Web Authentication level 3, `AuthenticationResponseJSON`).
    #[schema(value_type = Object, example = json!({ "id": "AQ", "rawId": "AQ", "type": "public-key", "response": {} }))]
    credential: Value,
    /// How the session is delivered; as a cookie, where nothing is said.
    #[serde(default)]
    deliver: Delivery,
}

/// A key as it is kept.
type Key = StaticState<CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>>;

/// A passkey, and whose it is.
struct Row {
    id: Uuid,
    account: Uuid,
    key: Vec<u8>,
    state: Vec<u8>,
    roles: Vec<String>,
}

/// Sign in with a passkey. It is both factors: something that its owner has, and what unlocks it.
#[utoipa::path(
    post,
    path = "/v1/sign-in/passkey",
    operation_id = "signInWithPasskey",
    summary = "Sign in with a passkey",
    tag = "identity",
    request_body = PasskeySignInBody,
    responses(
        (status = 200, description = "The caller is signed in.", body = SignedIn),
        (status = 401, description = "The passkey is not known, or does not answer a challenge that is still good: `passkey-refused`; or a token that came along is not known: `unauthenticated`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_in_with_passkey(
    State(identity): State<Identity>,
    OptionalCaller(caller): OptionalCaller,
    client: Client,
    JsonBody(body): JsonBody<PasskeySignInBody>,
) -> Result<Response, Problem> {
    identity.throttle.ceremony(client.network.0)?;
    let json = body.credential.to_string();
    let answer = DiscoverableAuthentication16::from_json_relaxed(json.as_bytes());
    let answer = answer.map_err(|_| {
        Problem::invalid_body().pointer(
            "/credential",
            "is not what PublicKeyCredential.toJSON answers after a sign-in",
        )
    })?;
    let who = identity.passkey_holder(&answer).await?;
    let before = caller.and_then(|caller| caller.session);
    identity
        .begin_session(who, &client, before, body.deliver)
        .await
}

fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "passkey-refused",
        "This passkey is not known, or was not asked for",
    )
    .detail("Begin anew with POST /v1/sign-in/passkey-options, or sign in with the password.")
}

impl Identity {
    /// Whose passkey this is, if it answers a challenge of ours; its counter is moved on.
    async fn passkey_holder(
        &self,
        answer: &DiscoverableAuthentication16,
    ) -> Result<(Uuid, Roles), Problem> {
        let challenge = answer.challenge_relaxed().map_err(|_| refused())?;
        let state = self.end_ceremony(challenge, None).await?;
        let ceremony = DiscoverableAuthenticationServerState::decode(&state.ok_or_else(refused)?)
            .map_err(|error| broken("a ceremony cannot be read", &error))?;
        let row = self.passkey(answer.raw_id()).await?.ok_or_else(refused)?;
        let was = <[u8; 7]>::try_from(row.state.as_slice())
            .map_err(|error| broken("a passkey cannot be read", &error))?;
        let handle = handle_of(row.account);
        let mut credential = AuthenticatedCredential::new(
            answer.raw_id(),
            &handle,
            Key::decode(&row.key).map_err(|error| broken("a passkey cannot be read", &error))?,
            DynamicState::decode(was)
                .map_err(|error| broken("a passkey cannot be read", &error))?,
        )
        .map_err(|error| broken("a passkey cannot be read", &error))?;
        let party = &self.options.relying_party;
        let options = AuthenticationVerificationOptions::<String, String> {
            allowed_origins: party.origins(),
            ..AuthenticationVerificationOptions::default()
        };
        let verified = ceremony.verify(party.id(), answer, &mut credential, &options);
        verified.map_err(|error| {
            tracing::info!(account = %row.account, "a passkey was refused: {error}");
            refused()
        })?;
        let Ok(now) = credential.dynamic_state().encode();
        // Of two that were signed with the same counter, one is a copy.
        let update = sqlx::query!(
            "UPDATE identity.passkey SET state = $2, last_used_at = now() WHERE id = $1 AND state = $3",
            row.id,
            &now[..],
            &was[..]
        );
        if in_time(update.execute(&self.pool)).await?.rows_affected() == 0 {
            return Err(refused());
        }
        Ok((row.account, role::from_texts(&row.roles)))
    }

    async fn passkey(&self, credential: CredentialId<&[u8]>) -> Result<Option<Row>, Problem> {
        let select = sqlx::query_as!(
            Row,
            "SELECT passkey.id, passkey.account, passkey.key, passkey.state, person.roles
             FROM identity.passkey JOIN identity.person USING (account)
             WHERE passkey.credential = $1 AND person.suspended_at IS NULL",
            credential.into_inner()
        );
        in_time(select.fetch_optional(&self.pool)).await
    }
}
