//! What merchandisers arranged: collections, what places in the tree of categories are called, and what searches show first.

use std::{collections::BTreeMap, sync::Arc};

use catalogue_search::{Rule, Selection, Sort, key_of};
use domain::shared::SearchWords;
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// What merchandisers arranged. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrangement {
    collections: BTreeMap<Uuid, Arc<Collection>>,
    categories: BTreeMap<String, Arc<Category>>,
    searches: BTreeMap<String, Arc<PinnedSearch>>,
}

/// What a search for some words shows first.
#[derive(Debug, Deserialize)]
pub(crate) struct PinnedSearch {
    pub(crate) words: String,
    pub(crate) garments: Vec<Uuid>,
    pub(crate) version: u64,
}

/// What changed of it.
#[derive(Debug, Default)]
pub(super) struct Arranged {
    pub(super) collections: Vec<CollectionRow>,
    pub(super) categories: Vec<Category>,
    pub(super) searches: Vec<PinnedSearch>,
}

impl Arranged {
    pub(super) fn is_empty(&self) -> bool {
        self.collections.is_empty() && self.categories.is_empty() && self.searches.is_empty()
    }
}

/// A collection, as far as it is searched.
#[derive(Debug)]
pub(crate) struct Collection {
    /// Newer ones have a higher number.
    age: i64,
    slug: String,
    pub(super) selection: Arc<Selection>,
    /// Its own order.
    pub(super) sort: Sort,
    pub(super) pinned: Vec<Uuid>,
}

/// What a place in the tree of categories is called.
#[derive(Debug, Deserialize)]
pub(crate) struct Category {
    pub(crate) path: String,
    pub(crate) name: Option<String>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) version: u64,
}

/// A row of the view.
#[derive(Debug)]
pub(super) struct CollectionRow {
    pub(super) id: Uuid,
    pub(super) slug: String,
    pub(super) age: i64,
    pub(super) removed: bool,
    pub(super) document: String,
}

#[derive(Deserialize)]
struct Document {
    members: Members,
    pinned: Vec<Uuid>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Members {
    ByHand { garments: Vec<Uuid> },
    ByRule { rule: Box<WrittenRule> },
}

#[derive(Deserialize)]
struct WrittenRule {
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    category_paths: Vec<String>,
    #[serde(default)]
    brands: Vec<String>,
    #[serde(default)]
    colours: Vec<String>,
    #[serde(default)]
    materials: Vec<String>,
    #[serde(default)]
    seasons: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, Vec<String>>,
    price: Option<Price>,
    published_since: Option<String>,
    sort: WrittenSort,
}

#[derive(Deserialize)]
struct Price {
    from_minor: u32,
    to_minor: u32,
    currency: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenSort {
    Newest,
    Cheapest,
    Dearest,
    Popular,
}

impl Arrangement {
    /// The collection with this id, else the newest that has this slug.
    pub(crate) fn collection(&self, id_or_slug: &str) -> Option<&Arc<Collection>> {
        let id = Uuid::try_parse(id_or_slug).ok();
        let by_id = id.and_then(|id| self.collections.get(&id));
        by_id.or_else(|| {
            let all = self.collections.values();
            all.filter(|collection| collection.slug == id_or_slug)
                .max_by_key(|collection| collection.age)
        })
    }

    /// What the place is called, if it has or had a name.
    pub(crate) fn category(&self, path: &str) -> Option<&Category> {
        self.categories.get(path).map(Arc::as_ref)
    }

    /// All places that have or had a name.
    pub(crate) fn categories(&self) -> impl Iterator<Item = &Category> {
        self.categories.values().map(Arc::as_ref)
    }

    /// What a search for these words shows first.
    pub(crate) fn pinned(&self, words: &SearchWords) -> &[Uuid] {
        let found = self.searches.get(words.as_str());
        found.map_or(&[], |search| &search.garments)
    }

    /// All searches to which something was ever pinned, in the order of their words.
    pub(crate) fn searches(&self) -> impl Iterator<Item = &PinnedSearch> {
        self.searches.values().map(Arc::as_ref)
    }

    /// Takes rows in, in place of what was known of them.
    pub(super) fn take_in(&mut self, arranged: Arranged) -> Result<(), serde_json::Error> {
        for row in arranged.collections {
            if row.removed {
                self.collections.remove(&row.id);
            } else {
                let document = serde_json::from_str(&row.document)?;
                let collection = Collection::of(row.slug, row.age, document);
                self.collections.insert(row.id, Arc::new(collection));
            }
        }
        let named = arranged.categories.into_iter();
        let named = named.map(|category| (category.path.clone(), Arc::new(category)));
        self.categories.extend(named);
        let pinned = arranged.searches.into_iter();
        let pinned = pinned.map(|search| (search.words.clone(), Arc::new(search)));
        self.searches.extend(pinned);
        Ok(())
    }
}

impl Collection {
    fn of(slug: String, age: i64, document: Document) -> Self {
        let (selection, sort) = match document.members {
            Members::ByHand { garments } => (Selection::ByHand(garments), Sort::AsChosen),
            Members::ByRule { rule } => {
                let sort = match rule.sort {
                    WrittenSort::Newest => Sort::Newest,
                    WrittenSort::Cheapest => Sort::Cheapest,
                    WrittenSort::Dearest => Sort::Dearest,
                    WrittenSort::Popular => Sort::Popular,
                };
                (Selection::ByRule(Box::new(searched(*rule))), sort)
            }
        };
        Self {
            age,
            slug,
            selection: Arc::new(selection),
            sort,
            pinned: document.pinned,
        }
    }
}

/// Seconds since 1970 of a time in RFC 3339.
pub(super) fn seconds(time: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(time, &Rfc3339).ok()?;
    Some(time.unix_timestamp())
}

fn keys(values: &[String]) -> Vec<String> {
    values.iter().map(|value| key_of(value)).collect()
}

/// The rule as the search takes it. A season is an attribute there.
fn searched(rule: WrittenRule) -> Rule {
    let attributes = rule.attributes.iter();
    let mut attributes: BTreeMap<String, Vec<String>> = attributes
        .map(|(name, values)| (name.clone(), keys(values)))
        .collect();
    if !rule.seasons.is_empty() {
        attributes.insert(SEASON.to_owned(), keys(&rule.seasons));
    }
    Rule {
        categories: keys(&rule.categories),
        category_paths: rule.category_paths,
        brands: keys(&rule.brands),
        colours: rule.colours,
        materials: keys(&rule.materials),
        attributes,
        price: rule
            .price
            .map(|price| (price.from_minor, price.to_minor, price.currency)),
        published_since_s: rule.published_since.as_deref().and_then(seconds),
    }
}

/// The name under which a search knows the fit of a garment.
pub(super) const FIT: &str = "fit";
/// The name under which a search knows its season.
pub(super) const SEASON: &str = "season";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(number: u128, age: i64, slug: &str, members: &serde_json::Value) -> CollectionRow {
        let document = json!({ "members": members, "pinned": [Uuid::from_u128(7)] });
        CollectionRow {
            id: Uuid::from_u128(number),
            slug: slug.to_owned(),
            age,
            removed: false,
            document: document.to_string(),
        }
    }

    #[test]
    fn a_collection_is_found_by_id_or_by_its_slug_the_newest_first() {
        let by_hand = json!({ "kind": "by_hand", "garments": [Uuid::from_u128(8)] });
        let by_rule = json!({ "kind": "by_rule", "rule": {
            "seasons": ["Summer 2026"], "brands": ["North Pier"], "sort": "dearest",
            "published_since": "1970-01-01T00:01:00Z",
        } });
        let mut arrangement = Arrangement::default();
        let of = |collections| Arranged {
            collections,
            ..Arranged::default()
        };
        let rows = vec![row(1, 5, "linen", &by_hand), row(2, 6, "linen", &by_rule)];
        arrangement.take_in(of(rows)).unwrap();
        let newest = arrangement.collection("linen").unwrap();
        assert_eq!(newest.sort, Sort::Dearest);
        let Selection::ByRule(rule) = newest.selection.as_ref() else {
            panic!("the newer one is by rule");
        };
        assert_eq!(rule.brands, ["north-pier"]);
        assert_eq!(rule.attributes["season"], ["summer-2026"]);
        assert_eq!(rule.published_since_s, Some(60));
        let older = arrangement.collection(&Uuid::from_u128(1).to_string());
        assert_eq!(older.unwrap().sort, Sort::AsChosen);

        let gone = CollectionRow {
            removed: true,
            ..row(2, 6, "linen", &by_rule)
        };
        arrangement.take_in(of(vec![gone])).unwrap();
        assert_eq!(
            arrangement.collection("linen").unwrap().sort,
            Sort::AsChosen
        );
        assert!(arrangement.collection("wool").is_none());
    }
}
