//! A collection, as clients get it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The words of a collection in another language.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalWordsDocument {
    /// What it is called there.
    #[schema(example = "Leinen")]
    pub name: String,
    /// What is said about it there.
    #[schema(example = "Für warme Tage.")]
    pub description: String,
}

/// Which garments are in a collection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MembersDocument {
    /// Those that somebody chose, in this order.
    ByHand {
        /// The garments, also those that are not on sale.
        garments: Vec<Uuid>,
    },
    /// All that are like this, also those that come later.
    ByRule {
        /// What they have to be.
        rule: Box<RuleDocument>,
    },
}

/// In which order a rule shows what it finds.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleSortDocument {
    /// Newest first.
    Newest,
    /// Cheapest first.
    Cheapest,
    /// Dearest first.
    Dearest,
    /// What is liked and tried on by most people first.
    Popular,
}

/// Prices from one to another, both included.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePriceDocument {
    /// The lowest, in minor units.
    #[schema(minimum = 0)]
    pub from_minor: u32,
    /// The highest, in minor units.
    #[schema(minimum = 0)]
    pub to_minor: u32,
    /// Of which currency (ISO 4217).
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
}

/// What garments have to be. Of the values of one condition any will do, and all conditions have to hold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleDocument {
    /// Where on the body.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Places in the tree of categories, with all below them.
    #[serde(default)]
    pub category_paths: Vec<String>,
    /// Who makes it.
    #[serde(default)]
    pub brands: Vec<String>,
    /// Families of colours, as a search names them.
    #[serde(default)]
    pub colours: Vec<String>,
    /// What it is mainly made of.
    #[serde(default)]
    pub materials: Vec<String>,
    /// When it is worn.
    #[serde(default)]
    pub seasons: Vec<String>,
    /// Further attributes, each with the values that will do.
    #[serde(default)]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// What it costs.
    #[serde(default)]
    #[schema(nullable = false)]
    pub price: Option<RulePriceDocument>,
    /// First published then or later.
    #[serde(default)]
    #[schema(nullable = false, format = DateTime)]
    pub published_since: Option<String>,
    /// In which order.
    pub sort: RuleSortDocument,
}

/// A collection: garments that are shown together.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionDocument {
    /// The collection.
    pub id: Uuid,
    /// What it is called, in English.
    #[schema(example = "Linen")]
    pub name: String,
    /// The readable part of its address.
    #[schema(example = "linen")]
    pub slug: String,
    /// What is said about it, in English.
    #[schema(example = "For warm days.")]
    pub description: String,
    /// Its words in other languages, by their codes of two letters.
    pub texts: BTreeMap<String, LocalWordsDocument>,
    /// Which garments are in it.
    pub members: MembersDocument,
    /// Those that come first, in any order.
    pub pinned: Vec<Uuid>,
    /// Events of the collection so far.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
    /// When it came into the shop.
    #[schema(format = DateTime)]
    pub added_at: String,
}

/// A page of collections, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionPage {
    /// The collections.
    pub items: Vec<CollectionDocument>,
    /// Where the list goes on; absent on the last page.
    #[serde(default)]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}
