//! What a search is asked, in the words of the API.

use std::{collections::BTreeMap, sync::Arc};

use catalogue_search::{Filters, MOST_ATTRIBUTES, Question, Sort, key_of};
use domain::shared::{AttributeName, SearchWords, Slug};
use http_kit::Problem;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::shelf::Shown;
use crate::answer;

/// Longer questions are nobody's.
const LONGEST_WORDS: usize = 200;

/// So many values of a facet are taken.
const MOST_VALUES: usize = 50;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    Relevance,
    Newest,
    Cheapest,
    Dearest,
    /// What is liked and tried on by most people first.
    Popular,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchGarments {
    /// What is looked for, in words; typing errors are forgiven, and the last word may be half of one.
    #[param(
        max_length = 200,
        required = false,
        nullable = false,
        example = "linnen shirt"
    )]
    q: Option<String>,
    /// `tops`, `bottoms`, `dresses`, `outerwear`; with commas for several, as in all that follow.
    #[param(required = false, nullable = false)]
    category: Option<String>,
    /// Places in the tree of categories, with all below them.
    #[param(required = false, nullable = false, example = "tops/shirts")]
    category_path: Option<String>,
    /// Keys of brands, as the facet names them.
    #[param(required = false, nullable = false)]
    brand: Option<String>,
    /// Families of colours: `blue,green`.
    #[param(required = false, nullable = false)]
    colour: Option<String>,
    /// Keys of sizes.
    #[param(required = false, nullable = false, example = "s,m")]
    size: Option<String>,
    /// Keys of materials.
    #[param(required = false, nullable = false)]
    material: Option<String>,
    /// Attributes by name and key: `fit:slim,fit:regular,collar:kent` is of either fit and has that collar. `fit` and `season` are
    /// attributes here too. At most six names.
    #[param(required = false, nullable = false, example = "fit:slim")]
    attribute: Option<String>,
    /// Only what is in this collection, by its slug or id. Without words and `sort`, in its own order.
    #[param(
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        required = false,
        nullable = false,
        example = "linen"
    )]
    collection: Option<String>,
    /// Which attributes are counted beside the other facets: `attribute:fit,attribute:collar`; at most six.
    #[param(required = false, nullable = false, example = "attribute:fit")]
    facet: Option<String>,
    /// The lowest price, in minor units.
    #[param(
        minimum = 0,
        maximum = 4_294_967_295_i64,
        required = false,
        nullable = false
    )]
    price_min: Option<u32>,
    /// The highest price, in minor units.
    #[param(
        minimum = 0,
        maximum = 4_294_967_295_i64,
        required = false,
        nullable = false
    )]
    price_max: Option<u32>,
    /// The currency of prices (ISO 4217); by default the commonest of the catalogue.
    #[param(pattern = "^[A-Z]{3}$", required = false, nullable = false)]
    currency: Option<String>,
    /// Only what can be had; where sizes are asked for, in one of them.
    #[param(required = false, nullable = false)]
    in_stock: Option<bool>,
    /// Only what can be tried on: an engine has looked at its picture and found nothing against it.
    #[param(required = false, nullable = false)]
    try_on_ready: Option<bool>,
    /// `relevance` by default; without words that is the newest first. What is pinned in a collection comes first in any order, what is pinned to the words comes first by relevance.
    #[param(inline, required = false, nullable = false)]
    sort: Option<Order>,
    /// Styles on a page at most; 24 by default.
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    pub(super) limit: Option<u8>,
    /// `next_cursor` or `prev_cursor` of a page of the same question.
    #[param(required = false, nullable = false)]
    pub(super) cursor: Option<String>,
}

impl SearchGarments {
    /// The question, but for what of it the catalogue has to say: see [`put_to`].
    pub(super) fn question(&self) -> Result<Question, Problem> {
        let words = self.q.clone().unwrap_or_default();
        if words.chars().count() > LONGEST_WORDS {
            return Err(Problem::invalid_query().detail("q: give at most 200 characters"));
        }
        let currency = self.currency.as_deref();
        if currency.is_some_and(|code| domain::shared::Currency::parse(code).is_err()) {
            return Err(
                Problem::invalid_query().detail("currency: give an ISO 4217 code such as EUR")
            );
        }
        let price = match (self.price_min, self.price_max) {
            (None, None) => None,
            (from, to) => Some((from.unwrap_or(0), to.unwrap_or(u32::MAX))),
        };
        Ok(Question {
            words,
            filters: Filters {
                categories: values("category", self.category.as_deref(), key_of)?,
                category_paths: values(
                    "category_path",
                    self.category_path.as_deref(),
                    ToOwned::to_owned,
                )?,
                brands: values("brand", self.brand.as_deref(), key_of)?,
                colours: values("colour", self.colour.as_deref(), key_of)?,
                sizes: values("size", self.size.as_deref(), key_of)?,
                materials: values("material", self.material.as_deref(), key_of)?,
                attributes: self.attributes()?,
                price,
                currency: self.currency.clone(),
                in_stock: self.in_stock.unwrap_or(false),
                try_on_ready: self.try_on_ready.unwrap_or(false),
            },
            sort: match self.sort {
                None | Some(Order::Relevance) => Sort::Relevance,
                Some(Order::Newest) => Sort::Newest,
                Some(Order::Cheapest) => Sort::Cheapest,
                Some(Order::Dearest) => Sort::Dearest,
                Some(Order::Popular) => Sort::Popular,
            },
            counted_attributes: self.counted()?,
            ..Question::default()
        })
    }

    /// The collection that is asked for.
    pub(super) fn collection(&self) -> Result<Option<Slug>, Problem> {
        let slug = self.collection.as_deref().map(Slug::parse).transpose();
        slug.map_err(|error| Problem::invalid_query().detail(format!("collection: {error}")))
    }

    /// Whether the order is left to us.
    pub(super) fn leaves_order(&self) -> bool {
        self.sort.is_none() && self.q.as_deref().unwrap_or_default().trim().is_empty()
    }

    fn attributes(&self) -> Result<BTreeMap<String, Vec<String>>, Problem> {
        let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in parts(self.attribute.as_deref()) {
            let (name, value) = pair.split_once(':').ok_or_else(|| {
                Problem::invalid_query().detail("attribute: write name:value, such as fit:slim")
            })?;
            let values = attributes
                .entry(attribute_name("attribute", name)?)
                .or_default();
            values.push(key_of(value));
            if values.len() > MOST_VALUES {
                let most = format!("attribute: give at most {MOST_VALUES} values of a name");
                return Err(Problem::invalid_query().detail(most));
            }
        }
        if attributes.len() > MOST_ATTRIBUTES {
            return Err(too_many_names("attribute"));
        }
        Ok(attributes)
    }

    fn counted(&self) -> Result<Vec<String>, Problem> {
        let mut counted = Vec::new();
        for part in parts(self.facet.as_deref()) {
            let name = part.strip_prefix("attribute:").ok_or_else(|| {
                Problem::invalid_query()
                    .detail("facet: write attribute:name, such as attribute:fit")
            })?;
            let name = attribute_name("facet", name)?;
            if !counted.contains(&name) {
                counted.push(name);
            }
            if counted.len() > MOST_ATTRIBUTES {
                return Err(too_many_names("facet"));
            }
        }
        Ok(counted)
    }
}

/// Narrows the question to a collection, in whose own order it is answered where that is left open; and gives it what is pinned to
/// its words, and what the order by popularity wants to know.
pub(super) fn put_to(
    mut question: Question,
    collection: Option<&Slug>,
    own_order: bool,
    shown: &Shown,
) -> Result<Question, Problem> {
    if let Some(wanted) = collection {
        let found = shown.arrangement.collection(wanted.as_str());
        let found = found.ok_or_else(|| {
            answer::not_found("collection-not-found", "There is no such collection")
        })?;
        question.within = Some(found.selection.clone());
        question.pinned.clone_from(&found.pinned);
        if own_order {
            question.sort = found.sort;
        }
    }
    if question.sort == Sort::Relevance
        && let Ok(words) = SearchWords::parse(&question.words)
    {
        // What was pinned to the words stands before what was pinned in the collection.
        let of_collection = std::mem::take(&mut question.pinned);
        question.pinned.extend(shown.arrangement.pinned(&words));
        let more = of_collection.into_iter();
        let more: Vec<_> = more
            .filter(|garment| !question.pinned.contains(garment))
            .collect();
        question.pinned.extend(more);
    }
    if question.sort == Sort::Popular {
        question.popularity = Arc::clone(&shown.popularity);
    }
    Ok(question)
}

/// What stands between commas, without empty parts.
fn parts(text: Option<&str>) -> impl Iterator<Item = &str> {
    let parts = text.into_iter().flat_map(|text| text.split(','));
    parts.map(str::trim).filter(|part| !part.is_empty())
}

fn attribute_name(parameter: &str, name: &str) -> Result<String, Problem> {
    let name = AttributeName::parse(name.trim());
    name.map(String::from)
        .map_err(|error| Problem::invalid_query().detail(format!("{parameter}: {error}")))
}

fn too_many_names(parameter: &str) -> Problem {
    let most = format!("{parameter}: give at most {MOST_ATTRIBUTES} names of attributes");
    Problem::invalid_query().detail(most)
}

fn values(
    name: &str,
    text: Option<&str>,
    key: impl Fn(&str) -> String,
) -> Result<Vec<String>, Problem> {
    let parts = text.into_iter().flat_map(|text| text.split(','));
    let keys: Vec<String> = parts
        .map(|part| key(part.trim()))
        .filter(|key| !key.is_empty())
        .collect();
    if keys.len() > MOST_VALUES {
        return Err(
            Problem::invalid_query().detail(format!("{name}: give at most {MOST_VALUES} values"))
        );
    }
    Ok(keys)
}
