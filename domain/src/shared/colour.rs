//! A colour as shoppers name it, with the value that a swatch shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A named colour.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ColourText", into = "ColourText")]
pub struct Colour {
    name: String,
    hex: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ColourText {
    /// What shoppers call it.
    #[schemars(length(min = 1, max = 40))]
    name: String,
    /// `#rrggbb`, in sRGB.
    #[schemars(regex(pattern = "^#[0-9a-f]{6}$"))]
    hex: String,
}

/// Why a colour was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ColourError {
    /// The name is empty, too long or not printable.
    #[error("a colour's name has 1 to 40 printable characters")]
    Name,
    /// The value is not `#rrggbb`.
    #[error("a colour's value is #rrggbb in hexadecimal")]
    Hex,
}

impl Colour {
    /// Checks both parts; the value is kept in lower case.
    pub fn parse(name: &str, hex: &str) -> Result<Self, ColourError> {
        let name = name.trim();
        if !(1..=40).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(ColourError::Name);
        }
        let digits = hex.strip_prefix('#').ok_or(ColourError::Hex)?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ColourError::Hex);
        }
        Ok(Self {
            name: name.to_owned(),
            hex: hex.to_ascii_lowercase(),
        })
    }

    /// What shoppers call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `#rrggbb`, in sRGB.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl TryFrom<ColourText> for Colour {
    type Error = ColourError;

    fn try_from(text: ColourText) -> Result<Self, ColourError> {
        Self::parse(&text.name, &text.hex)
    }
}

impl From<Colour> for ColourText {
    fn from(colour: Colour) -> Self {
        Self {
            name: colour.name,
            hex: colour.hex,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_has_a_name_and_a_value() {
        assert_eq!(Colour::parse("Navy", "#1B2A4A").unwrap().hex(), "#1b2a4a");
        assert_eq!(Colour::parse("", "#000000"), Err(ColourError::Name));
        assert_eq!(Colour::parse("Navy", "1b2a4a"), Err(ColourError::Hex));
        assert_eq!(Colour::parse("Navy", "#1b2a4"), Err(ColourError::Hex));
    }
}
