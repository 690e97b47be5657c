//! Secrets in links: made here, told once, recognised by their hash.

use std::{fmt, str::FromStr};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Bytes of randomness: more than can ever be guessed.
const BYTES: usize = 16;

/// 128 random bits as 32 lower-case hexadecimal digits. Shown by nothing but [`SecretToken::reveal`].
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SecretToken(String);

/// The text is no token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a token is 32 lower-case hexadecimal digits")]
pub struct SecretTokenError;

/// This machine gives no random bytes.
#[derive(Debug, Error)]
#[error("this machine gives no random bytes")]
pub struct NoRandomness(#[source] getrandom::Error);

impl SecretToken {
    /// One that nobody has seen before.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// The digits, for the one who may have them.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the digits, as 64 lower-case hexadecimal digits. So many random bits need no slow hash.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl FromStr for SecretToken {
    type Err = SecretTokenError;

    fn from_str(text: &str) -> Result<Self, SecretTokenError> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 2 * BYTES && text.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SecretTokenError)
        }
    }
}

impl TryFrom<String> for SecretToken {
    type Error = SecretTokenError;

    fn try_from(text: String) -> Result<Self, SecretTokenError> {
        text.parse()
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_are_told_and_never_shown() {
        let (one, other) = (
            SecretToken::random().unwrap(),
            SecretToken::random().unwrap(),
        );
        assert_ne!(one, other);
        assert_eq!(one.reveal().parse::<SecretToken>().unwrap(), one);
        assert_eq!(one.sha256().len(), 64);
        assert_ne!(one.sha256(), other.sha256());
        assert_eq!(format!("{one:?}"), "SecretToken");
        for wrong in [
            "",
            "0a",
            &"0A".repeat(16),
            &"0g".repeat(16),
            &"0a".repeat(17),
        ] {
            assert_eq!(wrong.parse::<SecretToken>(), Err(SecretTokenError));
        }
    }
}
