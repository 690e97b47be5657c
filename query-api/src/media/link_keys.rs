//! What signs: addresses of private pictures, and (by [`LinkKeys::cursor_keys`]) cursors of lists.
//!
//! A signed address: for some minutes whoever has one may see one rendition of one private picture.
//!
//! An `<img>` sends no token. The signature (HMAC-SHA-256) covers picture, rendition, end and the key's name; several keys are known at
//! a time, so that a new one can be brought in before the old one goes.

use std::{fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use http_kit::{CursorKeys, Problem};
use serde::Deserialize;
use sha2::Sha256;
use thiserror::Error;
use uuid::Uuid;

/// How long an address is good for at least, in seconds.
const LIFETIME_S: i64 = 600;

/// Ends are multiples of this, in seconds: within it the same picture has the same address, and a browser asks once.
const GRID_S: i64 = 300;

/// Shorter secrets can be tried out.
const MIN_SECRET_BYTES: usize = 16;

/// The keys that sign. Cheap to clone.
#[derive(Clone)]
pub struct LinkKeys {
    /// The first one signs; all are accepted.
    keys: Arc<[Key]>,
}

struct Key {
    id: String,
    secret: Vec<u8>,
}

/// The text names no keys.
#[derive(Debug, Error)]
pub enum LinkKeysError {
    /// Not `id:secret`.
    #[error("write id:secret, with commas between keys; an id is made of letters, digits, - and _")]
    Malformed,
    /// Too short a secret.
    #[error("a secret has at least {MIN_SECRET_BYTES} bytes")]
    TooShort,
}

/// What an address says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Signed {
    expires: Option<String>,
    key: Option<String>,
    signature: Option<String>,
}

impl LinkKeys {
    /// No keys: addresses are not signed, and none is accepted.
    pub fn none() -> Self {
        Self { keys: Arc::new([]) }
    }

    /// One key that only this process knows: its addresses end with it.
    pub fn of_this_process(secret: impl Into<Vec<u8>>) -> Self {
        let key = Key {
            id: "own".to_owned(),
            secret: secret.into(),
        };
        Self {
            keys: Arc::new([key]),
        }
    }

    /// Reads `id:secret` with commas; the first one signs, all are accepted.
    pub fn parse(text: &str) -> Result<Self, LinkKeysError> {
        let keys = text.split(',').map(str::trim).map(|key| {
            let (id, secret) = key.split_once(':').ok_or(LinkKeysError::Malformed)?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if id.is_empty() || !id.bytes().all(plain) {
                return Err(LinkKeysError::Malformed);
            }
            if secret.len() < MIN_SECRET_BYTES {
                return Err(LinkKeysError::TooShort);
            }
            Ok(Key {
                id: id.to_owned(),
                secret: secret.as_bytes().to_vec(),
            })
        });
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    /// The same secrets, for cursors: what is signed begins with another word, so that neither passes for the other.
    pub fn cursor_keys(&self) -> CursorKeys {
        CursorKeys::new(self.keys.iter().map(|key| key.secret.clone()))
    }

    /// The query of a signed address; none without a key. `now` in seconds since 1970.
    pub(super) fn sign(&self, picture: Uuid, rendition: &str, now: i64) -> Option<String> {
        let expires = (now + LIFETIME_S).div_euclid(GRID_S) * GRID_S + GRID_S;
        let key = self.keys.first()?;
        let mac = key.mac(picture, rendition, expires)?;
        let signature = BASE64.encode(mac.finalize().into_bytes());
        Some(format!(
            "expires={expires}&key={}&signature={signature}",
            key.id
        ))
    }

    /// Until when the address is good; none for an address without a signature.
    ///
    /// # Errors
    /// 403 for a signature that is not ours, 410 for one that has ended.
    pub(super) fn check(
        &self,
        signed: &Signed,
        picture: Uuid,
        rendition: &str,
        now: i64,
    ) -> Result<Option<i64>, Problem> {
        let (expires, id, signature) = match (&signed.expires, &signed.key, &signed.signature) {
            (None, None, None) => return Ok(None),
            (Some(expires), Some(id), Some(signature)) => (expires, id, signature),
            _ => return Err(invalid()),
        };
        let expires: i64 = expires.parse().map_err(|_| invalid())?;
        let signature = BASE64.decode(signature).map_err(|_| invalid())?;
        let key = self.keys.iter().find(|key| key.id == *id);
        let mac = key.and_then(|key| key.mac(picture, rendition, expires));
        // Compares in constant time.
        mac.ok_or_else(invalid)?
            .verify_slice(&signature)
            .map_err(|_| invalid())?;
        if expires <= now {
            return Err(expired());
        }
        Ok(Some(expires))
    }
}

impl Key {
    fn mac(&self, picture: Uuid, rendition: &str, expires: i64) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.update(format!("picture\n{picture}\n{rendition}\n{expires}\n{}", self.id).as_bytes());
        Some(mac)
    }
}

/// Never the secrets.
impl fmt::Debug for LinkKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|key| &key.id))
            .finish()
    }
}

fn invalid() -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "link-invalid",
        "This address was not signed here",
    )
    .detail("Ask for the picture's display again and use the address as it is.")
}

fn expired() -> Problem {
    Problem::new(
        axum::http::StatusCode::GONE,
        "link-expired",
        "This address is no longer good",
    )
    .detail("Ask for the picture's display again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;
    const PICTURE: Uuid = Uuid::from_u128(5);

    fn keys() -> LinkKeys {
        LinkKeys::parse("new:0123456789abcdef,old:fedcba9876543210").unwrap()
    }

    fn query(text: &str) -> Signed {
        let find = |name: &str| {
            text.split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
        };
        Signed {
            expires: find("expires"),
            key: find("key"),
            signature: find("signature"),
        }
    }

    fn code(result: Result<Option<i64>, Problem>) -> String {
        result.unwrap_err().code().to_owned()
    }

    #[test]
    fn a_signed_address_is_good_for_some_minutes() {
        let signed = query(&keys().sign(PICTURE, "400.webp", NOW).unwrap());
        let end = keys().check(&signed, PICTURE, "400.webp", NOW).unwrap();
        assert!((600..=900).contains(&(end.unwrap() - NOW)));
        let ended = keys().check(&signed, PICTURE, "400.webp", NOW + 901);
        assert_eq!(code(ended), "link-expired");
    }

    #[test]
    fn an_address_opens_one_rendition_of_one_picture() {
        let signed = query(&keys().sign(PICTURE, "400.webp", NOW).unwrap());
        let other = Uuid::from_u128(6);
        for (picture, name) in [(other, "400.webp"), (PICTURE, "original")] {
            let result = keys().check(&signed, picture, name, NOW);
            assert_eq!(code(result), "link-invalid");
        }
        for change in [
            |signed: &mut Signed| signed.expires = Some((NOW + 90_000).to_string()),
            |signed: &mut Signed| signed.key = Some("old".to_owned()),
            |signed: &mut Signed| signed.key = Some("unknown".to_owned()),
            |signed: &mut Signed| signed.signature = Some("AAAA".to_owned()),
            |signed: &mut Signed| signed.signature = None,
            |signed: &mut Signed| signed.expires = Some("soon".to_owned()),
        ] {
            let mut changed = signed.clone();
            change(&mut changed);
            let result = keys().check(&changed, PICTURE, "400.webp", NOW);
            assert_eq!(code(result), "link-invalid", "{changed:?}");
        }
    }

    #[test]
    fn an_older_key_is_accepted_while_it_is_known() {
        let before = LinkKeys::parse("old:fedcba9876543210").unwrap();
        let signed = query(&before.sign(PICTURE, "400.webp", NOW).unwrap());
        assert!(keys().check(&signed, PICTURE, "400.webp", NOW).is_ok());
        let after = LinkKeys::parse("new:0123456789abcdef").unwrap();
        for keys in [after, LinkKeys::none()] {
            let result = keys.check(&signed, PICTURE, "400.webp", NOW);
            assert_eq!(code(result), "link-invalid");
        }
        assert_eq!(LinkKeys::none().sign(PICTURE, "400.webp", NOW), None);
    }

    #[test]
    fn keys_are_read_and_never_shown() {
        assert_eq!(format!("{:?}", keys()), r#"["new", "old"]"#);
        for wrong in ["", "secretwithoutanid", "a b:0123456789abcdef", "a:short"] {
            assert!(LinkKeys::parse(wrong).is_err(), "{wrong}");
        }
    }
}
