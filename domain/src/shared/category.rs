//! What sort of garment it is, as far as wearing it goes.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where on the body a garment goes; try-on works by it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// T-shirts, shirts, knitwear.
    Tops,
    /// Trousers, shorts, skirts.
    Bottoms,
    /// Dresses and jumpsuits.
    Dresses,
    /// Jackets and coats, worn over something.
    Outerwear,
}

/// The text is no category.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a category is one of tops, bottoms, dresses, outerwear")]
pub struct CategoryError;

impl Category {
    /// All of them, in the order of a shop's menu.
    pub const ALL: [Self; 4] = [Self::Tops, Self::Bottoms, Self::Dresses, Self::Outerwear];

    /// The name in events, addresses and command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tops => "tops",
            Self::Bottoms => "bottoms",
            Self::Dresses => "dresses",
            Self::Outerwear => "outerwear",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Category {
    type Err = CategoryError;

    fn from_str(text: &str) -> Result<Self, CategoryError> {
        Self::ALL
            .into_iter()
            .find(|category| category.as_str() == text)
            .ok_or(CategoryError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_reads_back_as_written() {
        for category in Category::ALL {
            assert_eq!(category.to_string().parse(), Ok(category));
            assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        }
        assert_eq!("hats".parse::<Category>(), Err(CategoryError));
    }
}
