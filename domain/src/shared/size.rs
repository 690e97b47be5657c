//! A label size as the shop writes it: `M`, `38`, `W32/L34`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// 1 to 16 letters, digits, spaces and `/ . + -`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-9A-Za-z/ .+-]{1,16}$"))]
pub struct Size(String);

/// The text is no size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a size has 1 to 16 letters, digits, spaces and / . + -")]
pub struct SizeError;

impl Size {
    /// Accepts a size as it stands.
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        let fits = (1..=16).contains(&text.len()) && text.trim() == text;
        let letters = text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b" /.+-".contains(&b));
        if fits && letters {
            Ok(Self(text.to_owned()))
        } else {
            Err(SizeError)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Size {
    type Error = SizeError;

    fn try_from(text: String) -> Result<Self, SizeError> {
        Self::parse(&text)
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.0
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_all_systems_are_taken_as_written() {
        for good in ["M", "38", "W32/L34", "3XL", "42.5", "One size"] {
            assert_eq!(Size::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", " M", "M;", "é", "12345678901234567"] {
            assert_eq!(Size::parse(bad), Err(SizeError), "{bad}");
        }
    }
}
