//! A part of the catalogue that somebody put together: chosen by hand, or by a rule.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::{
    colour_family::ColourFamily,
    columns::{Coded, Dictionaries, NONE},
    dictionary::Dictionary,
};

/// A part of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These garments, in this order.
    ByHand(Vec<Uuid>),
    /// All that are like this.
    ByRule(Box<Rule>),
}

/// What garments have to be. Of the values of one condition any will do, and all conditions have to hold; an empty one holds.
/// Values are keys, as [`crate::key_of`] makes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// Where on the body.
    pub categories: Vec<String>,
    /// Places in the tree of categories, with everything below them.
    pub category_paths: Vec<String>,
    /// Who makes it.
    pub brands: Vec<String>,
    /// Families of colours.
    pub colours: Vec<String>,
    /// What it is made of.
    pub materials: Vec<String>,
    /// Attributes, fit and season among them: by name.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Minor units, both ends included, and their currency.
    pub price: Option<(u32, u32, String)>,
    /// First seen by shoppers then or later, in seconds since 1970.
    pub published_since_s: Option<i64>,
}

/// A selection with numbers for its values.
pub(crate) enum Within<'a> {
    Everything,
    ByHand(HashMap<Uuid, u32>),
    ByRule(Coder<'a>),
}

/// A rule with numbers for its values.
pub(crate) struct Coder<'a> {
    rule: &'a Rule,
    categories: Vec<u32>,
    paths: Vec<u32>,
    brands: Vec<u32>,
    colours: Vec<Option<ColourFamily>>,
    materials: Vec<u32>,
    attributes: Vec<(u32, Vec<u32>)>,
    currency: u32,
}

/// What nobody has must not be taken for a garment that says nothing.
pub(crate) fn numbers(dictionary: &Dictionary, keys: &[String]) -> Vec<u32> {
    let number = |key: &String| dictionary.find(key).unwrap_or(NONE - 1);
    keys.iter().map(number).collect()
}

impl<'a> Within<'a> {
    pub(crate) fn of(selection: Option<&'a Selection>, known: &Dictionaries) -> Self {
        match selection {
            None => Self::Everything,
            Some(Selection::ByHand(garments)) => {
                Self::ByHand(garments.iter().copied().zip(0..).collect())
            }
            Some(Selection::ByRule(rule)) => Self::ByRule(Coder::of(rule, known)),
        }
    }

    /// Where the row stands in the selection, if it is in it.
    pub(crate) fn rank(&self, row: &Coded) -> Option<u32> {
        match self {
            Self::Everything => Some(0),
            Self::ByHand(ranks) => ranks.get(&row.id).copied(),
            Self::ByRule(rule) => rule.holds(row).then_some(0),
        }
    }
}

impl<'a> Coder<'a> {
    fn of(rule: &'a Rule, known: &Dictionaries) -> Self {
        let family = |key: &String| ColourFamily::ALL.into_iter().find(|of| of.name() == key);
        let attributes = rule.attributes.iter().map(|(name, keys)| {
            let number = known.attribute_names.find(name).unwrap_or(NONE - 1);
            let value = |key: &String| known.attribute_value(name, key).unwrap_or(NONE - 1);
            (number, keys.iter().map(value).collect())
        });
        let currency = rule.price.as_ref();
        let currency = currency.and_then(|(_, _, currency)| known.currencies.find(currency));
        Self {
            categories: numbers(&known.categories, &rule.categories),
            paths: numbers(&known.paths, &rule.category_paths),
            brands: numbers(&known.brands, &rule.brands),
            colours: rule.colours.iter().map(family).collect(),
            materials: numbers(&known.materials, &rule.materials),
            attributes: attributes.collect(),
            currency: currency.unwrap_or(NONE - 1),
            rule,
        }
    }

    fn holds(&self, row: &Coded) -> bool {
        let one_of = |wanted: &[u32], value: u32| wanted.is_empty() || wanted.contains(&value);
        let price = self.rule.price.as_ref();
        let since = self.rule.published_since_s;
        one_of(&self.categories, row.category)
            && (self.paths.is_empty() || row.paths.iter().any(|path| self.paths.contains(path)))
            && one_of(&self.brands, row.brand)
            && (self.colours.is_empty() || self.colours.contains(&Some(row.family)))
            && one_of(&self.materials, row.material)
            && self
                .attributes
                .iter()
                .all(|(name, values)| row.has_attribute(*name, values))
            && price.is_none_or(|(from, to, _)| {
                row.currency == self.currency && (*from..=*to).contains(&row.price)
            })
            && since.is_none_or(|since| row.published_s.is_some_and(|at| at >= since))
    }
}
