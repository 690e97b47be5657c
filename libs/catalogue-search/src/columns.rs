//! The garments as columns, in the order of their styles.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use crate::{
    colour_family::{ColourFamily, Oklab},
    dictionary::Dictionary,
    garment::Garment,
    normalise::key_of,
};

/// Stands for "none" among the numbers of a dictionary, and among places.
pub(crate) const NONE: u32 = u32::MAX;

/// What the numbers in the columns mean.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionaries {
    pub(crate) categories: Dictionary,
    pub(crate) paths: Dictionary,
    pub(crate) brands: Dictionary,
    pub(crate) materials: Dictionary,
    pub(crate) sizes: Dictionary,
    pub(crate) currencies: Dictionary,
    pub(crate) attribute_names: Dictionary,
    /// Of all attributes: a name and a key, see [`attribute_key`].
    pub(crate) attribute_values: Dictionary,
}

/// Stands between the name of an attribute and the key of its value; neither holds it.
const BETWEEN: char = '\u{1f}';

/// The key of a value among those of all attributes.
fn attribute_key(name: &str, key: &str) -> String {
    format!("{name}{BETWEEN}{key}")
}

/// A garment with numbers for its values.
#[derive(Debug, Clone)]
pub(crate) struct Coded {
    pub(crate) id: Uuid,
    pub(crate) slot: u32,
    pub(crate) card: Arc<str>,
    pub(crate) style: u32,
    pub(crate) age: u64,
    pub(crate) category: u32,
    /// From the root to where it stands.
    pub(crate) paths: Vec<u32>,
    pub(crate) brand: u32,
    pub(crate) material: u32,
    pub(crate) family: ColourFamily,
    pub(crate) colour: Oklab,
    /// Each with whether it can be had.
    pub(crate) sizes: Vec<(u32, bool)>,
    pub(crate) price: u32,
    pub(crate) currency: u32,
    pub(crate) in_stock: bool,
    pub(crate) try_on_ready: bool,
    /// Name and value of each.
    pub(crate) attributes: Vec<(u32, u32)>,
    pub(crate) published_s: Option<i64>,
}

impl Coded {
    /// Whether the attribute of this name has one of these values.
    pub(crate) fn has_attribute(&self, name: u32, values: &[u32]) -> bool {
        let mut attributes = self.attributes.iter();
        attributes.any(|(of, value)| *of == name && values.contains(value))
    }
}

impl Dictionaries {
    /// The number of an attribute's value, if anything has it.
    pub(crate) fn attribute_value(&self, name: &str, key: &str) -> Option<u32> {
        self.attribute_values.find(&attribute_key(name, key))
    }

    /// Key and label of an attribute's value.
    pub(crate) fn value_of_attribute(&self, number: u32) -> (&str, &str) {
        let (key, label) = self.attribute_values.value(number);
        let key = key.split_once(BETWEEN).map_or(key, |(_, key)| key);
        (key, label)
    }

    fn attributes(&mut self, garment: &Garment) -> Vec<(u32, u32)> {
        let said = garment.attributes.iter();
        let numbers = said.map(|(name, value)| {
            let key = attribute_key(name, &key_of(value));
            (
                self.attribute_names.number(name.clone(), name),
                self.attribute_values.number(key, value),
            )
        });
        numbers.collect()
    }

    /// Numbers for the values of a garment.
    pub(crate) fn code(&mut self, garment: &Garment, slot: u32, style: u32) -> Coded {
        let optional = |dictionary: &mut Dictionary, value: Option<&String>| {
            value.map_or(NONE, |value| dictionary.number(key_of(value), value))
        };
        let path = garment.category_path.as_deref().unwrap_or_default();
        let ends = path.match_indices('/').map(|(at, _)| at);
        let ends = ends.chain((!path.is_empty()).then_some(path.len()));
        let steps = ends.filter_map(|end| path.get(..end));
        let paths = steps.map(|step| {
            let name = step.rsplit('/').next().unwrap_or(step);
            self.paths.number(step.to_owned(), name)
        });
        let paths = paths.collect();
        let stocked = garment.sizes_in_stock.as_ref();
        let sizes = garment.sizes.iter().map(|size| {
            let can_be_had = stocked.is_none_or(|stocked| stocked.contains(size));
            (self.sizes.number(key_of(size), size), can_be_had)
        });
        let sizes = sizes.collect();
        let attributes = self.attributes(garment);
        Coded {
            id: garment.id,
            slot,
            card: garment.card.clone(),
            style,
            age: garment.age_key.cast_unsigned(),
            category: self
                .categories
                .number(key_of(&garment.category), &garment.category),
            paths,
            brand: optional(&mut self.brands, garment.brand.as_ref()),
            material: optional(&mut self.materials, garment.material.as_ref()),
            family: ColourFamily::of(&garment.hex),
            colour: Oklab::of(&garment.hex),
            sizes,
            price: garment.price_minor,
            currency: self
                .currencies
                .number(garment.currency.clone(), &garment.currency),
            in_stock: garment.in_stock(),
            try_on_ready: garment.try_on_ready,
            attributes,
            published_s: garment.published_s,
        }
    }
}

/// All garments, those of one style side by side.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) rows: Arc<[Arc<Coded>]>,
    /// Where a slot of the text index stands among the rows.
    pub(crate) place_of_slot: Vec<u32>,
    pub(crate) place_of_id: HashMap<Uuid, u32>,
    /// The commonest currency.
    pub(crate) currency: u32,
}

impl Columns {
    pub(crate) fn of(mut rows: Vec<Arc<Coded>>, slots: usize, currencies: usize) -> Self {
        rows.sort_unstable_by_key(|row| (row.style, row.id));
        let mut place_of_slot = vec![NONE; slots];
        let mut place_of_id = HashMap::with_capacity(rows.len());
        let mut counts = vec![0_u32; currencies];
        for (place, row) in (0_u32..).zip(&rows) {
            if let Some(entry) = place_of_slot.get_mut(row.slot as usize) {
                *entry = place;
            }
            if let Some(count) = counts.get_mut(row.currency as usize) {
                *count += 1;
            }
            place_of_id.insert(row.id, place);
        }
        let commonest = (0_u32..).zip(&counts).max_by_key(|(_, count)| **count);
        Self {
            rows: rows.into(),
            place_of_slot,
            place_of_id,
            currency: commonest.map_or(NONE, |(number, _)| number),
        }
    }
}
