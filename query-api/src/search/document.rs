//! What a search answers.

use std::collections::BTreeMap;

use catalogue_search::{Bucket, Facet, FacetName, Facets, PriceRange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::arrangement::Arrangement;
use crate::catalog::CardDocument;

/// A style that was found, by the colourway that fits best.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HitDocument {
    /// The colourway.
    pub garment: CardDocument,
    /// Colourways of the style that fit, this one included.
    #[schema(minimum = 1)]
    pub colourways: u32,
}

/// A value of a facet.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacetDocument {
    /// By which it is asked for.
    #[schema(example = "atelier-drape")]
    pub key: String,
    /// As it is shown, in English.
    #[schema(example = "Atelier Drape")]
    pub label: String,
    /// As it is shown in other languages, by their codes of two letters: only where a merchandiser named it so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Styles that have it, and all that is asked for in the other facets.
    #[schema(minimum = 0)]
    pub styles: u32,
    /// Whether it is asked for.
    pub chosen: bool,
}

/// An attribute that was to be counted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeFacetDocument {
    /// Its name.
    #[schema(example = "fit")]
    pub name: String,
    /// Its values, the commonest first.
    pub values: Vec<FacetDocument>,
}

/// A bar of the histogram of prices.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketDocument {
    /// From this price on, in minor units.
    #[schema(minimum = 0)]
    pub from_minor: u32,
    /// Up to this price, included.
    #[schema(minimum = 0)]
    pub to_minor: u32,
    /// Styles in it.
    #[schema(minimum = 0)]
    pub styles: u32,
}

/// Which prices there are, whatever price is asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceRangeDocument {
    /// In which currency (ISO 4217): the one that was asked for, else the commonest; empty where nothing has a price.
    pub currency: String,
    /// The lowest, in minor units.
    #[schema(required, minimum = 0)]
    pub lowest_minor: Option<u32>,
    /// The highest.
    #[schema(required, minimum = 0)]
    pub highest_minor: Option<u32>,
    /// Between them, at most ten bars of one width.
    pub buckets: Vec<BucketDocument>,
}

/// How many styles there are of each sort. Exact; what is asked for in a facet does not zero its other values.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacetsDocument {
    /// Where on the body.
    pub category: Vec<FacetDocument>,
    /// Where in the tree of categories; a place counts all below it.
    pub category_path: Vec<FacetDocument>,
    /// Who makes it.
    pub brand: Vec<FacetDocument>,
    /// Families of colours.
    pub colour: Vec<FacetDocument>,
    /// From small to large.
    pub size: Vec<FacetDocument>,
    /// What it is made of.
    pub material: Vec<FacetDocument>,
    /// The attributes that `facet` asks for, in that order.
    pub attributes: Vec<AttributeFacetDocument>,
    /// Prices.
    pub price: PriceRangeDocument,
    /// Styles that can be had.
    #[schema(minimum = 0)]
    pub in_stock: u32,
    /// Styles that can be tried on.
    #[schema(minimum = 0)]
    pub try_on_ready: u32,
}

/// A page of what was found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchPage {
    /// The styles of this page.
    pub items: Vec<HitDocument>,
    /// How many there are in all.
    #[schema(minimum = 0)]
    pub styles: u32,
    /// Whether nothing had all words, and these have some of them.
    pub relaxed: bool,
    /// How many styles there are of each sort.
    pub facets: FacetsDocument,
    /// Where the list goes on; absent on the last page.
    #[serde(default)]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// Where the page before begins; absent on the first.
    #[serde(default)]
    #[schema(nullable = false)]
    pub prev_cursor: Option<String>,
}

/// A garment that is like another one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimilarDocument {
    /// The garment.
    pub garment: CardDocument,
    /// How like it is, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub score: f32,
    /// Why, the weightiest first: `colour`, `category`, `material`, `brand`, `price`.
    pub reasons: Vec<String>,
}

/// Garments that are like another one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimilarPage {
    /// Those that are most like it first, one of each style.
    pub items: Vec<SimilarDocument>,
}

/// A garment that is worn with another one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoesWithDocument {
    /// The garment.
    pub garment: CardDocument,
}

/// Garments that are worn with another one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoesWithPage {
    /// What most people wear with it first.
    pub items: Vec<GoesWithDocument>,
}

impl From<Facet> for FacetDocument {
    fn from(facet: Facet) -> Self {
        Self {
            key: facet.key,
            label: facet.label,
            labels: BTreeMap::new(),
            styles: facet.styles,
            chosen: facet.chosen,
        }
    }
}

impl From<Bucket> for BucketDocument {
    fn from(bucket: Bucket) -> Self {
        Self {
            from_minor: bucket.from_minor,
            to_minor: bucket.to_minor,
            styles: bucket.styles,
        }
    }
}

impl From<PriceRange> for PriceRangeDocument {
    fn from(range: PriceRange) -> Self {
        Self {
            currency: range.currency,
            lowest_minor: range.ends.map(|(lowest, _)| lowest),
            highest_minor: range.ends.map(|(_, highest)| highest),
            buckets: range.buckets.into_iter().map(Into::into).collect(),
        }
    }
}

impl FacetsDocument {
    /// The facets, places in the tree of categories under the names that they were given.
    pub(super) fn of(facets: Facets, arrangement: &Arrangement) -> Self {
        let mut values = facets.values;
        let mut of = |name: FacetName| -> Vec<FacetDocument> {
            let found = values.iter_mut().find(|(of, _)| *of == name);
            let found = found.map(|(_, values)| std::mem::take(values));
            found
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect()
        };
        let mut places = of(FacetName::CategoryPath);
        for place in &mut places {
            if let Some(category) = arrangement.category(&place.key) {
                place.labels.clone_from(&category.names);
                if let Some(name) = &category.name {
                    place.label.clone_from(name);
                }
            }
        }
        let attributes = facets.attributes.into_iter();
        Self {
            category: of(FacetName::Category),
            category_path: places,
            brand: of(FacetName::Brand),
            colour: of(FacetName::Colour),
            size: of(FacetName::Size),
            material: of(FacetName::Material),
            attributes: attributes
                .map(|(name, values)| AttributeFacetDocument {
                    name,
                    values: values.into_iter().map(Into::into).collect(),
                })
                .collect(),
            price: facets.price.into(),
            in_stock: facets.in_stock,
            try_on_ready: facets.try_on_ready,
        }
    }
}
