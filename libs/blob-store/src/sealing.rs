//! Blobs that belong to somebody are sealed under a key of theirs: without the key they are noise.

use std::{fmt, pin::Pin};

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use thiserror::Error;
use uuid::Uuid;

/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a nonce: so many that random ones never meet.
const NONCE: usize = 24;
/// The first byte of what is sealed: how it was done.
const VERSION: u8 = 1;
/// By how much a sealed text is longer: version, nonce, tag.
pub(crate) const OVERHEAD: u64 = 1 + NONCE as u64 + 16;

/// A key for XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). Never shown.
#[derive(Clone)]
pub struct SealingKey([u8; KEY]);

/// What was sealed does not open: it was changed, or sealed under another key or about something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this was not sealed under this key")]
pub struct Unsealable;

/// This machine gives no random bytes, or there are too many bytes to seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this cannot be sealed here")]
pub struct NotSealed;

impl SealingKey {
    /// One that nobody has seen before.
    pub fn random() -> Result<Self, NotSealed> {
        let mut bytes = [0; KEY];
        getrandom::fill(&mut bytes).map_err(|_| NotSealed)?;
        Ok(Self(bytes))
    }

    /// From its bytes; none where there are not 32.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes, for whoever keeps it.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Seals a text. `about` is not in what comes out and has to be the same when it is opened.
    pub fn seal(&self, about: &[u8], text: &[u8]) -> Result<Vec<u8>, NotSealed> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| NotSealed)?;
        self.seal_with(nonce, about, text)
    }

    /// The same, but the same text about the same is sealed into the same bytes: whoever sees two of them learns that much, and a command
    /// that comes again says the same. The nonce is a pseudo-random function of both (SIV, Rogaway and Shrimpton 2006).
    pub fn seal_alike(&self, about: &[u8], text: &[u8]) -> Result<Vec<u8>, NotSealed> {
        let mut function = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| NotSealed)?;
        function.update(b"drape nonce");
        function.update(&(about.len() as u64).to_be_bytes());
        function.update(about);
        function.update(text);
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&function.finalize().into_bytes()[..NONCE]);
        self.seal_with(nonce, about, text)
    }

    fn seal_with(
        &self,
        nonce: [u8; NONCE],
        about: &[u8],
        text: &[u8],
    ) -> Result<Vec<u8>, NotSealed> {
        let payload = Payload {
            msg: text,
            aad: about,
        };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| NotSealed)?;
        Ok([&[VERSION], &nonce[..], &sealed].concat())
    }

    /// The text that was sealed under this key about this.
    pub fn open(&self, about: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (version, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or(Unsealable)?;
        if *version != VERSION {
            return Err(Unsealable);
        }
        let payload = Payload {
            msg: text,
            aad: about,
        };
        let opened = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        opened.map_err(|_| Unsealable)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(self.0))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey")
    }
}

/// Why a key cannot be had at the moment.
#[derive(Debug, Error)]
#[error("the keys are out of reach")]
pub struct KeysUnavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What [`SubjectKeys`] answers in the end.
pub type FindingKey<'a> =
    Pin<Box<dyn Future<Output = Result<Option<SealingKey>, KeysUnavailable>> + Send + 'a>>;

/// Keeps a key for each of those whom blobs belong to.
pub trait SubjectKeys: fmt::Debug + Send + Sync {
    /// The subject's key. Where there is none, one is made if `make` says so; none for a subject that was erased, for good.
    fn key(&self, subject: Uuid, make: bool) -> FindingKey<'_>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_about_the_same_and_else_not() {
        let key = SealingKey::random().unwrap();
        let sealed = key.seal(b"photo", b"a face").unwrap();
        assert_eq!(sealed.len() as u64, 6 + OVERHEAD);
        assert_ne!(sealed, key.seal(b"photo", b"a face").unwrap());
        assert_eq!(key.open(b"photo", &sealed).unwrap(), b"a face");
        assert_eq!(key.open(b"other", &sealed), Err(Unsealable));
        let other = SealingKey::random().unwrap();
        assert_eq!(other.open(b"photo", &sealed), Err(Unsealable));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(key.open(b"photo", &changed), Err(Unsealable), "{place}");
        }
        for length in 0..sealed.len() {
            assert_eq!(key.open(b"photo", &sealed[..length]), Err(Unsealable));
        }
        assert_eq!(format!("{key:?}"), "SealingKey");
    }

    #[test]
    fn what_is_sealed_alike_is_alike_only_where_all_of_it_is() {
        let key = SealingKey::random().unwrap();
        let seal = |about: &[u8], text: &[u8]| key.seal_alike(about, text).unwrap();
        let sealed = seal(b"outfit", b"Office");
        assert_eq!(sealed, seal(b"outfit", b"Office"));
        let others = [
            (&b"outfit"[..], &b"Beach"[..]),
            (b"other", b"Office"),
            (b"outfi", b"tOffice"),
        ];
        for (about, text) in others {
            // Not even the nonce.
            assert_ne!(sealed[..=NONCE], seal(about, text)[..=NONCE]);
        }
        assert_eq!(key.open(b"outfit", &sealed).unwrap(), b"Office");
        assert_eq!(key.open(b"other", &sealed), Err(Unsealable));
    }
}
