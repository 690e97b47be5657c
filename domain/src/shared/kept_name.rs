//! Names that people give, as the log keeps them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{OutfitId, OutfitName, TextError};

/// How a sealed name begins. Names were written down as they are before they were sealed, and none of those begins like this.
const SEALED: &str = "sealed:1:";

/// Characters of a sealed name at most: those of the longest name, in four bytes each, sealed, in hexadecimal digits.
const LONGEST: usize = 1000;

/// What somebody calls an outfit: `sealed:1:` and hexadecimal digits that only a key of theirs opens, so that the name is gone when
/// the key is. In events of before there were keys, the name itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("maxLength" = 1000))]
pub struct KeptName(String);

/// The text is no name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeptNameError {
    /// It is not sealed, and no name.
    #[error(transparent)]
    Text(#[from] TextError),
    /// It begins like a sealed name and goes on differently.
    #[error("a sealed name is sealed:1: and hexadecimal digits")]
    Digits,
}

impl KeptName {
    /// A name that is not sealed: where there are no keys.
    pub fn plain(name: OutfitName) -> Self {
        Self(name.into())
    }

    /// A sealed name, from its hexadecimal digits.
    pub fn sealed(digits: &str) -> Result<Self, KeptNameError> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.is_empty()
            || digits.len() > LONGEST - SEALED.len()
            || !digits.bytes().all(hexadecimal)
        {
            return Err(KeptNameError::Digits);
        }
        Ok(Self(format!("{SEALED}{digits}")))
    }

    /// What the name of this outfit is sealed about: no other outfit's is taken for it.
    pub fn about(outfit: OutfitId) -> String {
        format!("outfit {outfit}")
    }

    /// The hexadecimal digits of a sealed name; none of one that is not sealed.
    pub fn digits(&self) -> Option<&str> {
        self.0.strip_prefix(SEALED)
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeptName {
    type Error = KeptNameError;

    fn try_from(text: String) -> Result<Self, KeptNameError> {
        match text.strip_prefix(SEALED) {
            Some(digits) => Self::sealed(digits),
            None => Ok(Self::plain(OutfitName::parse(&text)?)),
        }
    }
}

impl From<KeptName> for String {
    fn from(name: KeptName) -> Self {
        name.0
    }
}

impl fmt::Display for KeptName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<KeptName, KeptNameError> {
        text.to_owned().try_into()
    }

    #[test]
    fn names_are_kept_sealed_and_older_ones_as_they_were() {
        let sealed = read("sealed:1:0a9f").unwrap();
        assert_eq!(sealed.digits(), Some("0a9f"));
        assert_eq!(sealed, KeptName::sealed("0a9f").unwrap());
        assert_eq!(sealed.as_str(), "sealed:1:0a9f");
        let plain = read("Office, warm days").unwrap();
        assert_eq!(plain.digits(), None);
        assert_eq!(plain.to_string(), "Office, warm days");
        for wrong in ["sealed:1:", "sealed:1:xyz", "sealed:1:0A"] {
            assert_eq!(read(wrong), Err(KeptNameError::Digits), "{wrong}");
        }
        assert_eq!(
            KeptName::sealed(&"0".repeat(LONGEST)),
            Err(KeptNameError::Digits)
        );
        assert_eq!(read(" "), Err(KeptNameError::Text(TextError::Empty)));
    }
}
