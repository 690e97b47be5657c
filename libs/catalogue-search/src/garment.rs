//! What the index is told of a garment.

use std::{collections::BTreeMap, sync::Arc};

use uuid::Uuid;

/// A garment on sale, as far as it is looked for: one style in one colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garment {
    /// The garment.
    pub id: Uuid,
    /// The style of which it is a colourway.
    pub style: String,
    /// Newer ones have a higher number.
    pub age_key: i64,
    /// What it is called, in English.
    pub name: String,
    /// What is said about it, in English.
    pub description: String,
    /// Name and description in other languages, by their codes of two letters.
    pub texts: BTreeMap<String, (String, String)>,
    /// Who makes it.
    pub brand: Option<String>,
    /// Where on the body it goes.
    pub category: String,
    /// Where in the tree of categories it stands: slugs with `/` between them.
    pub category_path: Option<String>,
    /// What shoppers call its colour.
    pub colour: String,
    /// Its colour, `#rrggbb` in sRGB.
    pub hex: String,
    /// What it is made of.
    pub material: Option<String>,
    /// Fit, season, and whatever else is said about it in a word or two: by name.
    pub attributes: BTreeMap<String, String>,
    /// The sizes on sale, in the order of the label.
    pub sizes: Vec<String>,
    /// Those that can be had today; none where nobody counts them.
    pub sizes_in_stock: Option<Vec<String>>,
    /// The codes of its sizes.
    pub skus: Vec<String>,
    /// What it costs, in minor units.
    pub price_minor: u32,
    /// In which currency (ISO 4217).
    pub currency: String,
    /// Whether it can be tried on.
    pub try_on_ready: bool,
    /// When shoppers first saw it, in seconds since 1970.
    pub published_s: Option<i64>,
    /// What is shown of it; the index hands it back as it is.
    pub card: Arc<str>,
}

impl Garment {
    /// Whether something of it can be had. What nobody counts is not sold out.
    pub(crate) fn in_stock(&self) -> bool {
        self.sizes_in_stock
            .as_ref()
            .is_none_or(|sizes| !sizes.is_empty())
    }
}
