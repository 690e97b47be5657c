//! What clients say about a collection.

use std::collections::BTreeMap;

use domain::{
    catalog::collection::{CollectionDetails, LocalWords},
    shared::{Description, Language, Slug, Title},
};
use http_kit::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::catalog::mistakes::Mistakes;

/// The words of a collection in another language.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocalWordsBody {
    /// What it is called there.
    #[schema(
        max_length = 120,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Leinen"
    )]
    name: String,
    /// What is said about it there.
    #[schema(
        max_length = 4000,
        pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$",
        example = "Für warme Tage."
    )]
    description: String,
}

/// What is said about a collection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollectionDetailsBody {
    /// What it is called, in English.
    #[schema(
        max_length = 120,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Linen"
    )]
    name: String,
    /// The readable part of its address.
    #[schema(
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        example = "linen"
    )]
    slug: String,
    /// What is said about it, in English.
    #[schema(
        max_length = 4000,
        pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$",
        example = "For warm days."
    )]
    description: String,
    /// Its words in other languages, by their codes of two letters.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::texts)]
    texts: BTreeMap<String, LocalWordsBody>,
}

impl CollectionDetailsBody {
    /// The domain's words; every mistake is named with its place.
    pub(super) fn parse(&self) -> Result<CollectionDetails, Problem> {
        let mut mistakes = Mistakes::none();
        let said = self.said("", &mut mistakes);
        mistakes.unless_any(said)
    }

    /// The same, as a part of a body.
    pub(super) fn said(&self, at: &str, mistakes: &mut Mistakes) -> Option<CollectionDetails> {
        let name = mistakes.note(format!("{at}/name"), Title::parse(&self.name));
        let slug = mistakes.note(format!("{at}/slug"), Slug::parse(&self.slug));
        let description = Description::parse(&self.description);
        let description = mistakes.note(format!("{at}/description"), description);
        let texts = mistakes.entries(
            &format!("{at}/texts"),
            (&self.texts, CollectionDetails::MAX_LANGUAGES),
            Language::parse,
            |mistakes, at, text: &LocalWordsBody| {
                let name = mistakes.note(format!("{at}/name"), Title::parse(&text.name));
                let description = Description::parse(&text.description);
                let description = mistakes.note(format!("{at}/description"), description);
                Some(LocalWords {
                    name: name?,
                    description: description?,
                })
            },
        );
        Some(CollectionDetails {
            name: name?,
            slug: slug?,
            description: description?,
            texts,
        })
    }
}
