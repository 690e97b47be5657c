//! The address of a blob: what its bytes hash to.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// SHA-256 of a blob's bytes, as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct BlobHash(String);

/// The text is no blob hash.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a blob's hash is 64 lower-case hexadecimal digits")]
pub struct BlobHashError;

impl BlobHash {
    /// Accepts 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, BlobHashError> {
        let digits = text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() == 64 && digits {
            Ok(Self(text.to_owned()))
        } else {
            Err(BlobHashError)
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BlobHash {
    type Error = BlobHashError;

    fn try_from(text: String) -> Result<Self, BlobHashError> {
        Self::parse(&text)
    }
}

impl From<BlobHash> for String {
    fn from(hash: BlobHash) -> Self {
        hash.0
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lower_case_hashes_are_taken() {
        assert!(BlobHash::parse(&"0a".repeat(32)).is_ok());
        for bad in [
            "",
            "0a",
            &"0A".repeat(32),
            &"0g".repeat(32),
            &"../".repeat(22),
        ] {
            assert_eq!(BlobHash::parse(bad), Err(BlobHashError));
        }
    }
}
