//! An Ed25519 key.

use blob_store::SealingKey;
use ed25519_dalek::SigningKey as Ed25519;
use http_kit::Problem;
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

/// What stands before a seed of 32 bytes in PKCS #8 (RFC 8410, section 7).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Bytes of a seed and of a public key.
pub(super) const KEY: usize = 32;

/// What signs.
pub(super) struct SigningKey {
    pub(super) id: String,
    seed: [u8; KEY],
}

impl SigningKey {
    /// One that nobody has seen before, else 500.
    pub(super) fn random() -> Result<Self, Problem> {
        let key = SealingKey::random().map_err(|error| {
            tracing::error!("no key can be made: {}", telemetry::chain(&error));
            Problem::internal()
        })?;
        Self::of(key.reveal()).ok_or_else(Problem::internal)
    }

    /// From its seed; none where that has another length.
    pub(super) fn of(seed: &[u8]) -> Option<Self> {
        let seed = seed.try_into().ok()?;
        let public = Ed25519::from_bytes(&seed).verifying_key().to_bytes();
        let id = id_of(&public);
        Some(Self { id, seed })
    }

    pub(super) fn seed(&self) -> &[u8] {
        &self.seed
    }

    pub(super) fn public(&self) -> [u8; KEY] {
        Ed25519::from_bytes(&self.seed).verifying_key().to_bytes()
    }

    pub(super) fn encoding(&self) -> EncodingKey {
        EncodingKey::from_ed_der(&[&PKCS8[..], &self.seed].concat())
    }
}

/// What a key is called.
pub(super) fn id_of(public: &[u8]) -> String {
    let digest = Sha256::digest(public);
    hex::encode(&digest[..8])
}

/// What checks signatures of a public key.
pub(super) fn decoding(public: &[u8; KEY]) -> DecodingKey {
    DecodingKey::from_ed_der(public)
}
