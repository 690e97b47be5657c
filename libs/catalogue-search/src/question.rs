//! What is asked of the catalogue.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use uuid::Uuid;

use crate::selection::Selection;

/// What a garment has to be. Several values of one facet are alternatives; facets are demanded together. Values are keys, as
/// [`crate::key_of`] makes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Where on the body.
    pub categories: Vec<String>,
    /// Places in the tree of categories, with everything below them.
    pub category_paths: Vec<String>,
    /// Who makes it.
    pub brands: Vec<String>,
    /// Families of colours.
    pub colours: Vec<String>,
    /// Sizes.
    pub sizes: Vec<String>,
    /// What it is made of.
    pub materials: Vec<String>,
    /// Attributes, fit and season among them: by name; at most [`crate::MOST_ATTRIBUTES`].
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Minor units, both ends included; of `currency`.
    pub price: Option<(u32, u32)>,
    /// In which currency prices are counted and compared; the commonest, where none is named.
    pub currency: Option<String>,
    /// Whether it can be had; where sizes are chosen, in one of them.
    pub in_stock: bool,
    /// Whether it can be tried on.
    pub try_on_ready: bool,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Best matches first; without words, the newest.
    #[default]
    Relevance,
    /// Newest first.
    Newest,
    /// Cheapest first.
    Cheapest,
    /// Dearest first.
    Dearest,
    /// By [`Question::popularity`], the highest first; equal ones by age.
    Popular,
    /// In the order of a selection by hand; of any other, the newest first.
    AsChosen,
}

/// What is asked of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// What was typed.
    pub words: String,
    /// What a garment has to be.
    pub filters: Filters,
    /// In which order.
    pub sort: Sort,
    /// Of which part of the catalogue. Nothing else is found or counted.
    pub within: Option<Arc<Selection>>,
    /// Those that come first, in this order, where they are found.
    pub pinned: Vec<Uuid>,
    /// Attributes whose values are counted; at most [`crate::MOST_ATTRIBUTES`].
    pub counted_attributes: Vec<String>,
    /// How much each garment is liked; those that are not named, not at all.
    pub popularity: Arc<HashMap<Uuid, u32>>,
}
