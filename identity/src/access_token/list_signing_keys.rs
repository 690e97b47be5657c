//! `GET /.well-known/jwks.json`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderValue, header::CACHE_CONTROL};
use http_kit::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Identity;

/// How long others may keep the keys: shorter than a new one is shown before it signs.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A public key (RFC 8037, section 2).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicKey {
    /// What the tokens call it.
    #[schema(example = "2f0c7f349a7d4c55")]
    kid: String,
    /// A key on an Edwards curve.
    #[schema(example = "OKP")]
    kty: &'static str,
    /// The curve.
    #[schema(example = "Ed25519")]
    crv: &'static str,
    /// What it checks.
    #[schema(example = "EdDSA")]
    alg: &'static str,
    /// What it is for: signatures.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: &'static str,
    /// The key, in base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
}

/// The public keys of access tokens (RFC 7517, section 5).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicKeys {
    /// The newest first.
    keys: Vec<PublicKey>,
}

/// Read the public keys of access tokens: with them other services check by themselves who somebody is. A new key is shown an hour
/// before it signs.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "listSigningKeys",
    summary = "Read the keys of access tokens",
    tag = "identity",
    responses(
        (status = 200, description = "The keys.", body = PublicKeys),
        (status = 503, description = "A store is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_signing_keys(
    State(identity): State<Identity>,
) -> Result<Response, Problem> {
    let keyring = identity.signing_keys.keyring().await?;
    let keys = keyring.shown().iter().map(|(id, key)| PublicKey {
        kid: id.clone(),
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        usage: "sig",
        x: BASE64URL_NOPAD.encode(key),
    });
    let document = PublicKeys {
        keys: keys.collect(),
    };
    Ok(([(CACHE_CONTROL, CACHE)], Json(document)).into_response())
}
