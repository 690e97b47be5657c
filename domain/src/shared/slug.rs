//! The readable part of a garment's address.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Lower-case letters, digits and single hyphens between them; 1 to 80 characters.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength" = 80))]
pub struct Slug(String);

/// The text is no slug.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a slug has 1 to 80 lower-case letters, digits and single hyphens between them")]
pub struct SlugError;

impl Slug {
    /// Accepts a slug as it stands; nothing is rewritten.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let fits = (1..=80).contains(&text.len());
        let words = text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        if fits && words {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_joined_by_single_hyphens() {
        assert!(Slug::parse("linen-shirt-2").is_ok());
        for bad in ["", "-a", "a-", "a--b", "Linen", "a b", "ä", &"a".repeat(81)] {
            assert_eq!(Slug::parse(bad), Err(SlugError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_reads_back_as_written(text in "[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,5}") {
            let slug = Slug::parse(&text).unwrap();
            let json = serde_json::to_string(&slug).unwrap();
            prop_assert_eq!(serde_json::from_str::<Slug>(&json).unwrap(), slug);
        }
    }
}
