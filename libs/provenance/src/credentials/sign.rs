//! Writes a signed manifest into a file.

use std::{fmt, sync::Arc};

use sha2::{Digest, Sha256};
use thiserror::Error;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    Authorities, Chain, MediaType, Reading, TimeStamp, TimeStampError, TimeStampRequest,
    certificate::Certificate,
    container::{lengthen, prepare, wrap},
    cose::{Key, Signature, Signed, sign},
    manifest::{Facts, Unsigned, build},
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
    /// A time stamp is longer than the room that was left for it. With so much it would fit.
    #[error("the time stamp takes {0} bytes, and there is not as much room")]
    NoRoom(usize),
}

/// Signs, and knows what it signed. Cheap to clone.
#[derive(Clone)]
pub struct Signer {
    inner: Arc<Inner>,
    believed: Authorities,
}

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
        let trial = sign(&key, std::slice::from_ref(first), b"trial");
        let trial = trial.and_then(|trial| trial.encoded(None, 0));
        let trial = Signature::read(&trial.ok_or(CredentialsError::Key)?);
        let trial = trial.ok_or(CredentialsError::Key)?;
        if trial.is_of(certificate.kind, certificate.key, b"trial") != Some(true) {
            return Err(CredentialsError::Key);
        }
        // Whoever trusts an authority has its certificate.
        let is_root = |der: &Vec<u8>| Certificate::read(der).is_some_and(|one| one.is_own_issuer);
        let above = above.iter().filter(|der| !is_root(der));
        Ok(Self {
            inner: Arc::new(Inner {
                certificates: chain.certificates().to_owned(),
                chain: std::iter::once(first).chain(above).cloned().collect(),
                key,
            }),
            believed: Authorities::default(),
        })
    }

    /// The same, which believes these authorities when it reads.
    #[must_use]
    pub fn believing(self, believed: Authorities) -> Self {
        Self { believed, ..self }
    }

    /// The same file with credentials that say when it was signed. Pixels and other metadata stay as they are; credentials that the file
    /// has are replaced.
    pub fn sign(
        &self,
        file: &[u8],
        media_type: MediaType,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, CredentialsError> {
        self.prepare(file, media_type, now, 0)?.unstamped()
    }

    /// Signs the file, and leaves so many bytes of room for what an authority says of the time; 0 or more than 4. How long the manifest is
    /// is signed, so that cannot be decided later.
    pub fn prepare(
        &self,
        file: &[u8],
        media_type: MediaType,
        now: OffsetDateTime,
        room: usize,
    ) -> Result<Unstamped, CredentialsError> {
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
        let manifest = |facts: &Facts<'_>| -> Result<(Manifest, Vec<u8>), CredentialsError> {
            let manifest = self
                .manifest(facts, room)
                .ok_or(CredentialsError::NotWritten)?;
            let draft = manifest.with(None).ok_or(CredentialsError::NotWritten)?;
            Ok((manifest, draft))
        };
        // A chunk of a WebP has an even length.
        let (_, mut draft) = manifest(&facts)?;
        if draft.len() % 2 == 1 {
            facts.padding = 1;
            draft = manifest(&facts)?.1;
        }
        let piece = wrap(&draft, media_type).ok_or(CredentialsError::NotWritten)?;
        if !(0x100..0x1_0000).contains(&piece.len()) {
            return Err(CredentialsError::NotWritten);
        }
        facts.length = piece.len();
        let more = piece.len() + prepared.after.len();
        lengthen(&mut prepared.before, media_type, more).ok_or(CredentialsError::Damaged)?;
        facts.hash = Sha256::new()
            .chain_update(&prepared.before)
            .chain_update(&prepared.after)
            .finalize()
            .into();
        let (manifest, _) = manifest(&facts)?;
        Ok(Unstamped {
            before: prepared.before,
            after: prepared.after,
            media_type,
            manifest,
            length: facts.length,
            signing: self.inner.clone(),
        })
    }

    fn manifest(&self, facts: &Facts<'_>, room: usize) -> Option<Manifest> {
        let unsigned = build(facts)?;
        let signed = sign(&self.inner.key, &self.inner.chain, &unsigned.claim)?;
        Some(Manifest {
            unsigned,
            signed,
            room,
        })
    }

    /// What a file's credentials say; those that this certificate signed are trusted.
    pub fn read(&self, file: &[u8], media_type: MediaType, now: OffsetDateTime) -> Reading {
        let own = self.inner.chain.first();
        read(file, media_type, now, own, &self.believed)
    }

    /// The certificates, as PEM: for whoever is to trust them.
    pub fn certificates(&self) -> &str {
        &self.inner.certificates
    }
}

/// A manifest and its signature, with room for a time stamp.
struct Manifest {
    unsigned: Unsigned,
    signed: Signed,
    room: usize,
}

impl Manifest {
    fn with(&self, token: Option<&[u8]>) -> Option<Vec<u8>> {
        let signature = self.signed.encoded(token, self.room)?;
        self.unsigned.signed(&signature)
    }
}

/// A file that is signed, and of whose signature an authority may be asked when it was there.
pub struct Unstamped {
    before: Vec<u8>,
    after: Vec<u8>,
    media_type: MediaType,
    manifest: Manifest,
    /// Of the manifest as it stands in the file: that was signed.
    length: usize,
    signing: Arc<Inner>,
}

impl Unstamped {
    /// The question to an authority.
    pub fn request(&self) -> Result<TimeStampRequest, TimeStampError> {
        TimeStampRequest::new(self.manifest.signed.attested_text())
    }

    /// The file with its answer. The certificate that signed has to have held then, or the file would be worth less with it than without.
    pub fn stamped(&self, stamp: &TimeStamp) -> Result<Vec<u8>, CredentialsError> {
        let signing = self.signing.chain.first();
        let signing = signing.and_then(|der| Certificate::read(der));
        if !signing.is_some_and(|certificate| certificate.holds_at(stamp.at)) {
            return Err(CredentialsError::Certificate(
                "it did not hold when the authority says that it signed",
            ));
        }
        let file = self.file(Some(&stamp.token));
        file.ok_or_else(|| CredentialsError::NoRoom(stamp.room()))
    }

    /// The file without any.
    pub fn unstamped(&self) -> Result<Vec<u8>, CredentialsError> {
        self.file(None).ok_or(CredentialsError::NotWritten)
    }

    fn file(&self, token: Option<&[u8]>) -> Option<Vec<u8>> {
        let piece = wrap(&self.manifest.with(token)?, self.media_type)?;
        let is_as_signed = piece.len() == self.length;
        is_as_signed.then(|| [&self.before[..], &piece, &self.after].concat())
    }
}

impl fmt::Debug for Unstamped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unstamped")
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}
