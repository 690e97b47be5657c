//! What the log knows of the secret in a link: enough to recognise it, not enough to make it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// SHA-256 of a link's token, as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct TokenHash(String);

/// The text is no hash of a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a token's hash is 64 lower-case hexadecimal digits")]
pub struct TokenHashError;

impl TokenHash {
    /// Accepts 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, TokenHashError> {
        let digits = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if text.len() == 64 && digits {
            Ok(Self(text.to_owned()))
        } else {
            Err(TokenHashError)
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TokenHash {
    type Error = TokenHashError;

    fn try_from(text: String) -> Result<Self, TokenHashError> {
        Self::parse(&text)
    }
}

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> Self {
        hash.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lower_case_hashes_are_taken() {
        assert!(TokenHash::parse(&"0a".repeat(32)).is_ok());
        for bad in ["", "0a", &"0A".repeat(32), &"0g".repeat(32)] {
            assert_eq!(TokenHash::parse(bad), Err(TokenHashError));
        }
    }
}
