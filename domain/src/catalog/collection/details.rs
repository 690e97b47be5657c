//! What is said about a collection.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::{Description, Language, Slug, Title};

/// The words of a collection in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LocalWords {
    /// What it is called there.
    pub name: Title,
    /// What is said about it there.
    pub description: Description,
}

/// What is said about a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionDetails {
    /// What it is called, in English.
    pub name: Title,
    /// The readable part of its address.
    pub slug: Slug,
    /// What is said about it, in English.
    pub description: Description,
    /// Its words in other languages, at most 16.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<Language, LocalWords>,
}

impl CollectionDetails {
    /// The most languages in which a collection is described beside English.
    pub const MAX_LANGUAGES: usize = 16;

    pub(super) fn is_sound(&self) -> bool {
        self.texts.len() <= Self::MAX_LANGUAGES
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl CollectionDetails {
    /// Linen for summer.
    pub fn sample() -> Self {
        let german = LocalWords {
            name: Title::parse("Leinen").unwrap(),
            description: Description::parse("Für warme Tage.").unwrap(),
        };
        Self {
            name: Title::parse("Linen").unwrap(),
            slug: Slug::parse("linen").unwrap(),
            description: Description::parse("For warm days.").unwrap(),
            texts: BTreeMap::from([(Language::parse("de").unwrap(), german)]),
        }
    }
}
