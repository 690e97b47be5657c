//! Writes a signed manifest into a file.

use std::{fmt, sync::Arc};

use sha2::{Digest, Sha256};
use thiserror::Error;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    Chain, MediaType, Reading,
    certificate::Certificate,
    container::{lengthen, prepare, wrap},
    cose::{Key, Signature, sign},
    manifest::{Facts, build},
    read::read,
};

/// Why a picture has no credentials.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// The key signs in no way that is known here, or is another certificate's.
    #[error(
        "the key is none of the first certificate's, in PKCS#8 and for ES256, ES384, Ed25519 or RSA of 2,048 bits and more"
    )]
    Key,
    /// What it signs would not be accepted.
    #[error("the first certificate is not fit to sign content credentials: {0}")]
    Certificate(&'static str),
    /// It is not what it was said to be, or already signed in a way that cannot be undone.
    #[error("the file is damaged")]
    Damaged,
    /// The key or the chain is too long.
    #[error("the credentials cannot be written")]
    NotWritten,
}

/// Signs, and knows what it signed. Cheap to clone.
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    certificates: String,
    /// Those that go into files, as DER, the signing one first.
    chain: Vec<Vec<u8>>,
    key: Key,
}

impl Signer {
    /// Looks whether the chain can sign anything that others accept now.
    pub fn new(chain: &Chain, now: OffsetDateTime) -> Result<Self, CredentialsError> {
        let (all, key) = chain.der().ok_or(CredentialsError::Key)?;
        let unreadable = CredentialsError::Certificate("it cannot be read");
        let Some((first, above)) = all.split_first() else {
            return Err(unreadable);
        };
        let certificate = Certificate::read(first).ok_or(unreadable)?;
        if let Some(fault) = certificate.fault() {
            return Err(CredentialsError::Certificate(fault));
        }
        if !certificate.holds_at(now) {
            return Err(CredentialsError::Certificate(
                "it has ended, or has not begun",
            ));
        }
        let key = Key::read(&key).ok_or(CredentialsError::Key)?;
        let trial =
            sign(&key, std::slice::from_ref(first), b"trial").ok_or(CredentialsError::Key)?;
        let trial = Signature::read(&trial).ok_or(CredentialsError::Key)?;
        if trial.is_of(certificate.kind, certificate.key, b"trial") != Some(true) {
            return Err(CredentialsError::Key);
        }
        // Whoever trusts an authority has its certificate.
        let is_root = |der: &Vec<u8>| Certificate::read(der).is_some_and(|one| one.is_own_issuer);
        let above = above.iter().filter(|der| !is_root(der));
        Ok(Self(Arc::new(Inner {
            certificates: chain.certificates().to_owned(),
            chain: std::iter::once(first).chain(above).cloned().collect(),
            key,
        })))
    }

    /// The same file with credentials that say when it was signed. Pixels and other metadata stay as they are; credentials that the file
    /// has are replaced.
    pub fn sign(
        &self,
        file: &[u8],
        media_type: MediaType,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, CredentialsError> {
        // Whole seconds, so that every moment is as long.
        let now = now.to_offset(UtcOffset::UTC);
        let now = now.replace_nanosecond(0).unwrap_or(now);
        let when = now
            .format(&Rfc3339)
            .map_err(|_| CredentialsError::NotWritten)?;
        let mut prepared = prepare(file, media_type).map_err(|()| CredentialsError::Damaged)?;
        let mut facts = Facts {
            hash: [0; 32],
            start: prepared.before.len(),
            // Of as many digits as the real one, which is not known yet.
            length: 0x1000,
            padding: 0,
            when: &when,
        };
        let piece = |facts: &Facts<'_>| {
            let signing = |claim: &[u8]| sign(&self.0.key, &self.0.chain, claim);
            let manifest = build(facts, signing).ok_or(CredentialsError::NotWritten)?;
            let is_odd = manifest.len() % 2 == 1;
            let piece = wrap(&manifest, media_type).ok_or(CredentialsError::NotWritten)?;
            Ok((piece, is_odd))
        };
        // A chunk of a WebP has an even length.
        let (mut draft, is_odd) = piece(&facts)?;
        if is_odd {
            facts.padding = 1;
            draft = piece(&facts)?.0;
        }
        if !(0x100..0x1_0000).contains(&draft.len()) {
            return Err(CredentialsError::NotWritten);
        }
        facts.length = draft.len();
        let more = draft.len() + prepared.after.len();
        lengthen(&mut prepared.before, media_type, more).ok_or(CredentialsError::Damaged)?;
        facts.hash = Sha256::new()
            .chain_update(&prepared.before)
            .chain_update(&prepared.after)
            .finalize()
            .into();
        let (piece, _) = piece(&facts)?;
        if piece.len() != facts.length {
            return Err(CredentialsError::NotWritten);
        }
        Ok([prepared.before, piece, prepared.after].concat())
    }

    /// What a file's credentials say; those that this certificate signed are trusted.
    pub fn read(&self, file: &[u8], media_type: MediaType, now: OffsetDateTime) -> Reading {
        read(file, media_type, now, self.0.chain.first())
    }

    /// The certificates, as PEM: for whoever is to trust them.
    pub fn certificates(&self) -> &str {
        &self.0.certificates
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}
