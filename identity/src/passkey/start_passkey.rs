//! `POST /v1/me/passkey-options`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http_kit::{Caller, CommandProblems, Problem};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use webauthn_rp::{
    PublicKeyCredentialCreationOptions, Registration,
    bin::{Decode, Encode},
    request::{
        ExtensionInfo, PublicKeyCredentialDescriptor, TimedCeremony,
        register::{CredProtect, PublicKeyCredentialUserEntity, UserHandle16, Username},
    },
    response::{AuthTransports, CredentialId},
};

use super::{PASSKEYS, ceremony::broken};
use crate::{Identity, database::in_time, session::not_kept};

/// What a browser asks an authenticator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasskeyOptions {
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` (Web Authentication level 3, 5.1.8 and 5.1.9).
    #[schema(value_type = Object, example = json!({
        "challenge": "Z8Dt1TWk0kVfFqhI2Yl2bQ", "rpId": "shop.example", "userVerification": "required", "timeout": 300_000,
    }))]
    pub(super) options: Value,
}

/// Begin to register a passkey: what the browser asks the authenticator. Good for five minutes, once.
#[utoipa::path(
    post,
    path = "/v1/me/passkey-options",
    operation_id = "startPasskey",
    summary = "Begin to register a passkey",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What to ask.", body = PasskeyOptions),
        (status = 409, description = "The caller has not signed up (`not-signed-up`), or has twenty passkeys: `passkeys-exceeded`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn start_passkey(
    State(identity): State<Identity>,
    caller: Caller,
) -> Result<Response, Problem> {
    let proved = identity.proved(&caller).await?;
    let account = proved.account;
    let known = identity.passkeys_of(account).await?;
    let party = &identity.options.relying_party;
    let handle = handle_of(account);
    // What the authenticator shows beside the site's name.
    let name = Username::try_from(proved.email.as_str());
    let name = name.or_else(|_| Username::try_from("account"));
    let user = PublicKeyCredentialUserEntity {
        name: name.map_err(|error| broken("a passkey has no name", &error))?,
        id: &handle,
        display_name: None,
    };
    let mut options = PublicKeyCredentialCreationOptions::passkey(party.id(), user, known);
    // Keys that can hide a passkey until its owner is verified do so; those that cannot are as welcome, and want to see their owner
    // anyway.
    options.extensions.cred_protect =
        CredProtect::UserVerificationRequired(ExtensionInfo::AllowDontEnforceValue);
    let (server, client) = options
        .start_ceremony()
        .map_err(|error| broken("a passkey cannot be asked for", &error))?;
    let state = server
        .encode()
        .map_err(|error| broken("a ceremony cannot be kept", &error))?;
    let challenge = server.sent_challenge();
    identity
        .begin_ceremony(challenge, Some(account), &state)
        .await?;
    let options = serde_json::to_value(&client)
        .map_err(|error| broken("a ceremony cannot be told", &error))?;
    let (once, header) = not_kept();
    Ok((once, header, Json(PasskeyOptions { options })).into_response())
}

/// What authenticators call an account: its opaque id.
pub(super) fn handle_of(account: Uuid) -> UserHandle16 {
    let Ok(handle) = UserHandle16::decode(account.into_bytes());
    handle
}

impl Identity {
    /// What an authenticator has already; 409 where there are too many.
    async fn passkeys_of(
        &self,
        account: Uuid,
    ) -> Result<Vec<PublicKeyCredentialDescriptor<Vec<u8>>>, Problem> {
        let select = sqlx::query!(
            "SELECT credential, transports FROM identity.passkey WHERE account = $1 LIMIT $2",
            account,
            PASSKEYS
        );
        let rows = in_time(select.fetch_all(&self.pool)).await?;
        if i64::try_from(rows.len()).is_ok_and(|count| count >= PASSKEYS) {
            return Err(super::register_passkey::too_many());
        }
        let known = rows.into_iter().map(|row| {
            let transports = u8::try_from(row.transports).unwrap_or_default();
            Ok(PublicKeyCredentialDescriptor {
                id: CredentialId::decode(row.credential)
                    .map_err(|error| broken("a passkey cannot be read", &error))?,
                transports: AuthTransports::decode(transports)
                    .map_err(|error| broken("a passkey cannot be read", &error))?,
            })
        });
        known.collect()
    }
}

/// What the browser answers, read; 422 where it is no such thing.
pub(super) fn registration(credential: &Value) -> Result<Registration, Problem> {
    Registration::from_json_relaxed(credential.to_string().as_bytes()).map_err(|_| {
        Problem::invalid_body().pointer(
            "/credential",
            "is not what PublicKeyCredential.toJSON answers after a registration",
        )
    })
}
