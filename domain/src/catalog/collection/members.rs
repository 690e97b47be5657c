//! Which garments are in a collection.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::{
    AttributeName, Category, CategoryPath, Currency, GarmentId, Label, Moment, Slug,
};

/// Which garments are in a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Members {
    /// Those that somebody chose, in this order; at most 500, each once.
    ByHand {
        /// The garments.
        garments: Vec<GarmentId>,
    },
    /// All that are like this, also those that come later.
    ByRule {
        /// What they have to be.
        rule: Box<Rule>,
    },
}

/// Prices from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceRange {
    /// The lowest, in minor units.
    pub from_minor: u32,
    /// The highest, in minor units.
    pub to_minor: u32,
    /// Of which currency.
    pub currency: Currency,
}

/// In which order a rule shows what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleSort {
    /// Newest first.
    Newest,
    /// Cheapest first.
    Cheapest,
    /// Dearest first.
    Dearest,
    /// What is liked and tried on most first.
    Popular,
}

/// What garments have to be. Of the values of one condition any will do, and all conditions have to hold; what is not said does
/// not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Where on the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// Places in the tree of categories, with all below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category_paths: Vec<CategoryPath>,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<Label>,
    /// Families of colours, as a search names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub colours: Vec<Slug>,
    /// What it is mainly made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Label>,
    /// When it is worn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<Label>,
    /// Further attributes, each with the values that will do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<AttributeName, Vec<Label>>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceRange>,
    /// First published then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_since: Option<Moment>,
    /// In which order.
    pub sort: RuleSort,
}

impl Members {
    /// The most garments that are chosen by hand.
    pub const MAX_GARMENTS: usize = 500;
}

impl Rule {
    /// The most values of one condition.
    pub const MAX_VALUES: usize = 50;
    /// The most attributes with a condition.
    pub const MAX_ATTRIBUTES: usize = 8;

    pub(super) fn is_sound(&self) -> bool {
        let counts = [
            self.categories.len(),
            self.category_paths.len(),
            self.brands.len(),
            self.colours.len(),
            self.materials.len(),
            self.seasons.len(),
        ];
        let few = |count: usize| count <= Self::MAX_VALUES;
        let attributes = &self.attributes;
        counts.into_iter().all(few)
            && attributes.len() <= Self::MAX_ATTRIBUTES
            // No value at all would fit nothing, which nobody means.
            && attributes.values().all(|values| !values.is_empty() && few(values.len()))
            && self.price.is_none_or(|price| price.from_minor <= price.to_minor)
    }
}

/// Whether there are at most so many, each once.
pub(super) fn are_distinct(garments: &[GarmentId], most: usize) -> bool {
    let mut seen = HashSet::new();
    garments.len() <= most && garments.iter().all(|garment| seen.insert(garment))
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl Rule {
    /// A rule in which everything is said that can be.
    pub fn full_sample() -> Self {
        let label = |text| Label::parse(text).unwrap();
        Self {
            categories: vec![Category::Tops],
            category_paths: vec![CategoryPath::parse("women/tops").unwrap()],
            brands: vec![label("Meadow"), label("North Pier")],
            colours: vec![Slug::parse("beige").unwrap()],
            materials: vec![label("Linen")],
            seasons: vec![label("Summer 2026")],
            attributes: BTreeMap::from([(
                AttributeName::parse("collar").unwrap(),
                vec![label("kent")],
            )]),
            price: Some(PriceRange {
                from_minor: 2_000,
                to_minor: 9_990,
                currency: Currency::EUR,
            }),
            published_since: Moment::parse("2026-03-01T00:00:00Z").ok(),
            sort: RuleSort::Newest,
        }
    }
}
