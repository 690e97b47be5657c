//! Texts with a rule: bounded, trimmed, free of control characters.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the text must not be empty")]
    Empty,
    /// More than the allowed number of characters.
    #[error("the text is {actual} characters long, {limit} are allowed")]
    TooLong {
        /// Characters given.
        actual: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A control character other than a line break.
    #[error("the text must not hold control characters")]
    ControlCharacter,
}

fn parse(text: &str, limit: usize, may_be_empty: bool, lines: bool) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() && !may_be_empty {
        return Err(TextError::Empty);
    }
    let actual = text.chars().count();
    if actual > limit {
        return Err(TextError::TooLong { actual, limit });
    }
    if text
        .chars()
        .any(|c| c.is_control() && !(lines && c == '\n'))
    {
        return Err(TextError::ControlCharacter);
    }
    Ok(text.to_owned())
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($limit:literal, $may_be_empty:literal, $lines:literal)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend("maxLength" = $limit))]
        pub struct $name(String);

        impl $name {
            /// Checks and trims the text.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                parse(text, $limit, $may_be_empty, $lines).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

texts! {
    /// What a garment is called: 1 to 120 characters on one line.
    GarmentName(120, false, false),
    /// What is said about a garment: up to 4,000 characters, line breaks allowed.
    Description(4000, true, true),
    /// What somebody calls an outfit: 1 to 80 characters on one line.
    OutfitName(80, false, false),
    /// Why somebody with power over others used it: 1 to 200 characters on one line, without personal data.
    Reason(200, false, false),
    /// What a collection or a category is called: 1 to 120 characters on one line.
    Title(120, false, false),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(
            GarmentName::parse("  Linen shirt ").unwrap().as_str(),
            "Linen shirt"
        );
        assert_eq!(GarmentName::parse(" "), Err(TextError::Empty));
        assert_eq!(GarmentName::parse("a\nb"), Err(TextError::ControlCharacter));
        assert_eq!(
            GarmentName::parse(&"é".repeat(121)),
            Err(TextError::TooLong {
                actual: 121,
                limit: 120
            })
        );
    }

    #[test]
    fn a_description_may_be_empty_and_have_lines() {
        assert!(Description::parse("").is_ok());
        assert!(Description::parse("a\nb").is_ok());
    }
}
