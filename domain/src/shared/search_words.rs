//! What somebody looks for, so that the same words are the same however they are typed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The text holds no words, or too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("give words of at most 200 letters and digits together")]
pub struct SearchWordsError;

/// Words in lower case with one space between them; everything but letters and digits only parts them.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("minLength" = 1, "maxLength" = 200))]
pub struct SearchWords(String);

impl SearchWords {
    /// The most characters that they have.
    pub const MAX_CHARS: usize = 200;

    /// Takes the words out of a text.
    pub fn parse(text: &str) -> Result<Self, SearchWordsError> {
        let lower = text.to_lowercase();
        let words = lower.split(|letter: char| !letter.is_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let words = words.join(" ");
        if (1..=Self::MAX_CHARS).contains(&words.chars().count()) {
            Ok(Self(words))
        } else {
            Err(SearchWordsError)
        }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SearchWords {
    type Error = SearchWordsError;

    fn try_from(text: String) -> Result<Self, SearchWordsError> {
        Self::parse(&text)
    }
}

impl From<SearchWords> for String {
    fn from(words: SearchWords) -> Self {
        words.0
    }
}

impl fmt::Display for SearchWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_the_same_however_they_are_typed() {
        for text in [
            "linen shirt",
            "  Linen   SHIRT ",
            "linen-shirt!",
            "\tlinen, shirt",
        ] {
            assert_eq!(SearchWords::parse(text).unwrap().as_str(), "linen shirt");
        }
        let umlaut = SearchWords::parse("Grüne Röcke").unwrap();
        assert_eq!(umlaut.as_str(), "grüne röcke");
        // What was taken is taken again as it is.
        assert_eq!(SearchWords::parse(umlaut.as_str()), Ok(umlaut));
    }

    #[test]
    fn words_are_there_and_not_too_many() {
        for text in ["", " ", "?!", "-", &"a".repeat(201)] {
            assert_eq!(SearchWords::parse(text), Err(SearchWordsError), "{text}");
        }
        assert!(SearchWords::parse(&"a".repeat(200)).is_ok());
    }
}
