//! Cursors that are signed: one that was changed, or that belongs to another question, is refused.
//!
//! A cursor is a value of ours with an HMAC-SHA-256 over it and over the question whose pages it turns, cut to 16 bytes. Several keys
//! are known at a time, so that a new one can be brought in before the old one goes.

use std::{fmt, sync::Arc};

use axum::extract::Query;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::Uri;
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;

use crate::{Cursor, Problem};

/// Longer cursors are none of ours.
const LONGEST: usize = 1024;

/// Bytes of a signature that are kept: nobody guesses 128 bits.
const TAG_BYTES: usize = 16;

/// The keys that sign cursors. Cheap to clone.
#[derive(Clone)]
pub struct CursorKeys {
    /// The first one signs; all are accepted.
    secrets: Arc<[Vec<u8>]>,
}

impl CursorKeys {
    /// Keys with these secrets; the first one signs, all are accepted. Without any, no list has a second page.
    pub fn new(secrets: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self {
            secrets: secrets.into_iter().collect(),
        }
    }

    /// The cursor that stands for this value among the pages of this question.
    ///
    /// # Errors
    /// 500 without a key, and for a value that is no JSON.
    pub fn encode<T: Serialize>(&self, question: &str, value: &T) -> Result<Cursor, Problem> {
        let json = serde_json::to_vec(value).map_err(|error| {
            tracing::error!(%error, "a cursor cannot be written");
            Problem::internal()
        })?;
        let key = self.secrets.first();
        let mac = key.and_then(|key| mac(key, question, &json));
        let mac = mac.ok_or_else(|| {
            tracing::error!("there is no key that signs cursors");
            Problem::internal()
        })?;
        let tag = mac.finalize().into_bytes();
        let mut signed: Vec<u8> = tag.iter().copied().take(TAG_BYTES).collect();
        signed.extend(json);
        Ok(Cursor::from(URL_SAFE_NO_PAD.encode(signed)))
    }

    /// The value that the cursor stands for.
    ///
    /// # Errors
    /// 400 when it was not signed here, or for another question.
    pub fn decode<T: DeserializeOwned>(
        &self,
        question: &str,
        cursor: &Cursor,
    ) -> Result<T, Problem> {
        let text = cursor.as_str();
        let signed = (text.len() <= LONGEST)
            .then(|| URL_SAFE_NO_PAD.decode(text).ok())
            .flatten();
        let signed = signed.ok_or_else(Problem::bad_cursor)?;
        let (tag, json) = signed
            .split_at_checked(TAG_BYTES)
            .ok_or_else(Problem::bad_cursor)?;
        // Compares in constant time.
        let is_ours = |key: &Vec<u8>| {
            mac(key, question, json).is_some_and(|mac| mac.verify_truncated_left(tag).is_ok())
        };
        if !self.secrets.iter().any(is_ours) {
            return Err(Problem::bad_cursor());
        }
        serde_json::from_slice(json).map_err(|_| Problem::bad_cursor())
    }
}

/// Says how many there are, never what they are.
impl fmt::Debug for CursorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys of cursors", self.secrets.len())
    }
}

fn mac(key: &[u8], question: &str, json: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    // No JSON begins with a line break, so that question and value cannot be mistaken for each other; nor is this an address.
    mac.update(b"cursor\n");
    mac.update(question.as_bytes());
    mac.update(b"\n");
    mac.update(json);
    Some(mac)
}

/// The question whose pages a cursor turns: the path and the parameters that are not about pages, in whatever order they came.
pub fn question_of(uri: &Uri) -> String {
    let asked = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let mut asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    asked.retain(|(name, _)| name != "cursor" && name != "limit");
    asked.sort_unstable();
    let asked = asked
        .iter()
        .map(|(name, value)| format!("{name:?}={value:?}"));
    format!("{} {}", uri.path(), asked.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secrets: &[&str]) -> CursorKeys {
        CursorKeys::new(secrets.iter().map(|secret| secret.as_bytes().to_vec()))
    }

    fn code(result: Result<(u32, String), Problem>) -> String {
        result.unwrap_err().code().to_owned()
    }

    #[test]
    fn a_cursor_reads_back_as_written() {
        let keys = keys(&["a secret of sixteen"]);
        let value = (4_990, "a/b?c".to_owned());
        let cursor = keys.encode("/v1/things", &value).unwrap();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        assert!(cursor.as_str().bytes().all(plain));
        let read: (u32, String) = keys.decode("/v1/things", &cursor).unwrap();
        assert_eq!(read, value);
    }

    #[test]
    fn a_cursor_that_was_changed_is_refused_wherever_it_was() {
        let keys = keys(&["a secret of sixteen"]);
        let cursor = keys.encode("/v1/things", &(1, "a".to_owned())).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str()).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = Cursor::from(URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(code(keys.decode("/v1/things", &changed)), "bad-cursor");
        }
        for bad in ["", "?", "bm8", &"A".repeat(2_000)] {
            let bad = Cursor::from(bad.to_owned());
            assert_eq!(code(keys.decode("/v1/things", &bad)), "bad-cursor");
        }
    }

    #[test]
    fn a_cursor_belongs_to_its_question() {
        let keys = keys(&["a secret of sixteen"]);
        let question = |uri: &str| question_of(&uri.parse::<Uri>().unwrap());
        let asked = question("/v1/things?b=1%2C2&a=x&limit=3");
        assert_eq!(asked, question("/v1/things?a=x&cursor=old&b=1,2&limit=9"));
        let cursor = keys.encode(&asked, &(1, "a".to_owned())).unwrap();
        for other in [
            "/v1/things?a=x",
            "/v1/things?a=x&b=1,2&c=",
            "/v1/others?a=x&b=1,2",
        ] {
            assert_eq!(code(keys.decode(&question(other), &cursor)), "bad-cursor");
        }
        assert_ne!(question("/t?a=1&b=2"), question("/t?a=1%26b%3D2"));
    }

    #[test]
    fn an_older_key_is_accepted_while_it_is_known() {
        let value = (1, "a".to_owned());
        let cursor = keys(&["the older secret"]).encode("/t", &value).unwrap();
        let both = keys(&["the newer secret", "the older secret"]);
        assert_eq!(both.decode::<(u32, String)>("/t", &cursor).unwrap(), value);
        for others in [keys(&["the newer secret"]), keys(&[])] {
            assert_eq!(code(others.decode("/t", &cursor)), "bad-cursor");
        }
        assert_eq!(
            keys(&[]).encode("/t", &value).unwrap_err().code(),
            "internal"
        );
        assert_eq!(format!("{both:?}"), "2 keys of cursors");
    }
}
