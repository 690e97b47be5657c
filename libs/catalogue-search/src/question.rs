//! What is asked of the catalogue.

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
}
