//! How many styles there are of each sort: exact, and disjunctive (what is chosen in a facet does not zero its siblings).

use crate::{
    colour_family::ColourFamily,
    columns::{Coded, Dictionaries, NONE},
    normalise::key_of,
    question::Filters,
    selection::numbers,
};

/// So many bars has the histogram of prices.
const BARS: u32 = 10;

/// So many values of a facet are told; the commonest, and all that are chosen.
const MOST_VALUES: usize = 100;

/// What garments are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetName {
    /// Where on the body.
    Category,
    /// Where in the tree of categories.
    CategoryPath,
    /// Who makes it.
    Brand,
    /// The family of its colour.
    Colour,
    /// Its sizes.
    Size,
    /// What it is made of.
    Material,
}

impl FacetName {
    /// Those with values; prices, stock and try-on are told apart from them.
    pub const ALL: [Self; 6] = [
        Self::Category,
        Self::CategoryPath,
        Self::Brand,
        Self::Colour,
        Self::Size,
        Self::Material,
    ];

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

const PRICE: u16 = 1 << 6;
const IN_STOCK: u16 = 1 << 7;
const TRY_ON: u16 = 1 << 8;

/// So many attributes are filtered by, and so many counted, at a time.
pub const MOST_ATTRIBUTES: usize = 6;

/// The bit of the attribute that is filtered by in this place.
const fn attribute_bit(place: usize) -> u16 {
    1 << (9 + place)
}

/// A value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// By which it is chosen.
    pub key: String,
    /// As it is shown.
    pub label: String,
    /// Styles that have it and all else that is wanted.
    pub styles: u32,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A bar of the histogram of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// From this price on.
    pub from_minor: u32,
    /// Up to this price, included.
    pub to_minor: u32,
    /// Styles in it.
    pub styles: u32,
}

/// Which prices there are, whatever price is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceRange {
    /// In which currency.
    pub currency: String,
    /// The lowest and the highest; none without a garment.
    pub ends: Option<(u32, u32)>,
    /// Between them, in bars of one width.
    pub buckets: Vec<Bucket>,
}

/// All facets of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// In the order of [`FacetName::ALL`].
    pub values: Vec<(FacetName, Vec<Facet>)>,
    /// Which prices there are.
    pub price: PriceRange,
    /// Values of the attributes that were to be counted, by their names.
    pub attributes: Vec<(String, Vec<Facet>)>,
    /// Styles that can be had.
    pub in_stock: u32,
    /// Styles that can be tried on.
    pub try_on_ready: u32,
}

/// Filters with numbers for their values. A value that nobody has is [`NONE`], which nothing is.
pub(crate) struct Wanted<'a> {
    filters: &'a Filters,
    categories: Vec<u32>,
    paths: Vec<u32>,
    brands: Vec<u32>,
    colours: Vec<Option<ColourFamily>>,
    sizes: Vec<u32>,
    materials: Vec<u32>,
    attributes: Vec<(u32, Vec<u32>)>,
    /// Whether nothing can be missed: what is asked for by words alone.
    everything: bool,
    /// In which prices are counted.
    pub(crate) currency: u32,
}

impl<'a> Wanted<'a> {
    pub(crate) fn of(filters: &'a Filters, known: &Dictionaries, commonest: u32) -> Self {
        let family = |key: &String| ColourFamily::ALL.into_iter().find(|of| of.name() == key);
        let currency = filters.currency.as_ref();
        let attributes = filters.attributes.iter().take(MOST_ATTRIBUTES);
        let attributes = attributes.map(|(name, keys)| {
            let number = known.attribute_names.find(name).unwrap_or(NONE - 1);
            let value = |key: &String| known.attribute_value(name, key).unwrap_or(NONE - 1);
            (number, keys.iter().map(value).collect())
        });
        Self {
            categories: numbers(&known.categories, &filters.categories),
            paths: numbers(&known.paths, &filters.category_paths),
            brands: numbers(&known.brands, &filters.brands),
            colours: filters.colours.iter().map(family).collect(),
            sizes: numbers(&known.sizes, &filters.sizes),
            materials: numbers(&known.materials, &filters.materials),
            attributes: attributes.collect(),
            everything: Filters {
                currency: None,
                ..filters.clone()
            } == Filters::default(),
            currency: currency.map_or(commonest, |currency| {
                known.currencies.find(currency).unwrap_or(NONE - 1)
            }),
            filters,
        }
    }

    /// One bit for each facet in which the row is not what is wanted.
    pub(crate) fn misses(&self, row: &Coded) -> u16 {
        if self.everything {
            return 0;
        }
        let one_of = |wanted: &[u32], value: u32| wanted.is_empty() || wanted.contains(&value);
        let price_fits = self.filters.price.is_none_or(|(from, to)| {
            row.currency == self.currency && (from..=to).contains(&row.price)
        });
        let size_fits = |(size, _): &(u32, bool)| self.sizes.contains(size);
        let in_stock = if self.sizes.is_empty() {
            row.in_stock
        } else {
            row.sizes.iter().any(|size| size_fits(size) && size.1)
        };
        let fits = [
            (
                FacetName::Category.bit(),
                one_of(&self.categories, row.category),
            ),
            (
                FacetName::CategoryPath.bit(),
                self.paths.is_empty() || row.paths.iter().any(|path| self.paths.contains(path)),
            ),
            (FacetName::Brand.bit(), one_of(&self.brands, row.brand)),
            (
                FacetName::Colour.bit(),
                self.colours.is_empty() || self.colours.contains(&Some(row.family)),
            ),
            (
                FacetName::Size.bit(),
                self.sizes.is_empty() || row.sizes.iter().any(size_fits),
            ),
            (
                FacetName::Material.bit(),
                one_of(&self.materials, row.material),
            ),
            (PRICE, price_fits),
            (IN_STOCK, !self.filters.in_stock || in_stock),
            (TRY_ON, !self.filters.try_on_ready || row.try_on_ready),
        ];
        let misses = fits
            .iter()
            .filter(|(_, fits)| !fits)
            .fold(0, |misses, (bit, _)| misses | bit);
        let attributes = self.attributes.iter().enumerate();
        attributes
            .filter(|(_, (name, values))| !row.has_attribute(*name, values))
            .fold(misses, |misses, (place, _)| misses | attribute_bit(place))
    }

    /// The bit of the attribute with this number, if it is filtered by.
    fn bit_of_attribute(&self, name: u32) -> u16 {
        let place = self.attributes.iter().position(|(of, _)| *of == name);
        place.map_or(0, attribute_bit)
    }
}

/// Counts styles by a number. Rows must come style by style.
struct Counter {
    styles: Vec<u32>,
    last: Vec<u32>,
}

impl Counter {
    fn new(numbers: usize) -> Self {
        Self {
            styles: vec![0; numbers],
            last: vec![NONE; numbers],
        }
    }

    fn count(&mut self, number: u32, style: u32) {
        let at = number as usize;
        if let (Some(styles), Some(last)) = (self.styles.get_mut(at), self.last.get_mut(at))
            && *last != style
        {
            *last = style;
            *styles += 1;
        }
    }
}

/// An attribute whose values are counted.
struct CountedAttribute<'a> {
    name: &'a str,
    number: u32,
    bit: u16,
    counter: Counter,
}

/// Counts every facet while rows go by, style by style.
pub(crate) struct Tally<'a> {
    known: &'a Dictionaries,
    counters: [Counter; 6],
    attributes: Vec<CountedAttribute<'a>>,
    prices: Vec<(u32, u32)>,
    flags: Counter,
    total: Counter,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(
        known: &'a Dictionaries,
        attributes: &'a [String],
        wanted: &Wanted<'_>,
    ) -> Self {
        let sizes = [
            known.categories.len(),
            known.paths.len(),
            known.brands.len(),
            ColourFamily::ALL.len(),
            known.sizes.len(),
            known.materials.len(),
        ];
        let attributes = attributes.iter().take(MOST_ATTRIBUTES).map(|name| {
            let number = known.attribute_names.find(name).unwrap_or(NONE);
            CountedAttribute {
                name,
                number,
                bit: wanted.bit_of_attribute(number),
                counter: Counter::new(known.attribute_values.len()),
            }
        });
        Self {
            attributes: attributes.collect(),
            known,
            counters: sizes.map(Counter::new),
            prices: Vec::new(),
            flags: Counter::new(2),
            total: Counter::new(1),
        }
    }

    /// Counts a row with these misses where nothing but the facet itself lets it miss.
    pub(crate) fn count(&mut self, row: &Coded, misses: u16, currency: u32) {
        let style = row.style;
        for (name, counter) in FacetName::ALL.into_iter().zip(&mut self.counters) {
            if misses & !name.bit() != 0 {
                continue;
            }
            match name {
                FacetName::Category => counter.count(row.category, style),
                FacetName::CategoryPath => {
                    row.paths
                        .iter()
                        .for_each(|path| counter.count(*path, style));
                }
                FacetName::Brand => counter.count(row.brand, style),
                FacetName::Colour => counter.count(row.family as u32, style),
                FacetName::Size => {
                    row.sizes
                        .iter()
                        .for_each(|(size, _)| counter.count(*size, style));
                }
                FacetName::Material => counter.count(row.material, style),
            }
        }
        for counted in &mut self.attributes {
            if misses & !counted.bit == 0 {
                let said = row.attributes.iter();
                said.filter(|(name, _)| *name == counted.number)
                    .for_each(|(_, value)| counted.counter.count(*value, style));
            }
        }
        if misses & !PRICE == 0 && row.currency == currency {
            self.prices.push((row.price, style));
        }
        if misses & !IN_STOCK == 0 && row.in_stock {
            self.flags.count(0, style);
        }
        if misses & !TRY_ON == 0 && row.try_on_ready {
            self.flags.count(1, style);
        }
        if misses == 0 {
            self.total.count(0, style);
        }
    }

    /// Styles that are all that is wanted.
    pub(crate) fn total(&self) -> u32 {
        self.total.styles.first().copied().unwrap_or_default()
    }

    pub(crate) fn facets(self, wanted: &Wanted<'_>) -> Facets {
        let (known, filters) = (self.known, wanted.filters);
        let mut values = Vec::with_capacity(FacetName::ALL.len());
        for (name, counter) in FacetName::ALL.into_iter().zip(&self.counters) {
            let (dictionary, chosen) = match name {
                FacetName::Category => (Some(&known.categories), &filters.categories),
                FacetName::CategoryPath => (Some(&known.paths), &filters.category_paths),
                FacetName::Brand => (Some(&known.brands), &filters.brands),
                FacetName::Colour => (None, &filters.colours),
                FacetName::Size => (Some(&known.sizes), &filters.sizes),
                FacetName::Material => (Some(&known.materials), &filters.materials),
            };
            let family = |number: u32| {
                let family = ColourFamily::ALL.get(number as usize);
                family.map_or(("", ""), |family| (family.name(), family.name()))
            };
            let value = |number: u32| {
                dictionary.map_or_else(|| family(number), |dictionary| dictionary.value(number))
            };
            let order = match name {
                FacetName::Size => Order::Sizes,
                FacetName::CategoryPath => Order::Keys,
                FacetName::Category
                | FacetName::Brand
                | FacetName::Colour
                | FacetName::Material => Order::Commonest,
            };
            values.push((name, listed(order, &counter.styles, value, chosen)));
        }
        let attributes = self.attributes.iter().map(|counted| {
            let chosen = filters.attributes.get(counted.name);
            let chosen = chosen.map_or(&[][..], Vec::as_slice);
            let value = |number| known.value_of_attribute(number);
            let facets = listed(Order::Commonest, &counted.counter.styles, value, chosen);
            (counted.name.to_owned(), facets)
        });
        let flag = |at: usize| self.flags.styles.get(at).copied().unwrap_or_default();
        Facets {
            values,
            attributes: attributes.collect(),
            price: prices(&self.prices, known.currencies.value(wanted.currency).0),
            in_stock: flag(0),
            try_on_ready: flag(1),
        }
    }
}

/// In which order values are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Commonest,
    Keys,
    Sizes,
}

fn listed<'d>(
    order: Order,
    styles: &[u32],
    value: impl Fn(u32) -> (&'d str, &'d str),
    chosen: &[String],
) -> Vec<Facet> {
    let facet = |(number, styles): (u32, &u32)| {
        let (key, label) = value(number);
        Facet {
            key: key.to_owned(),
            label: label.to_owned(),
            styles: *styles,
            chosen: chosen.iter().any(|chosen| chosen == key),
        }
    };
    let mut facets: Vec<Facet> = (0_u32..)
        .zip(styles)
        .map(facet)
        .filter(|facet| facet.styles > 0 || facet.chosen)
        .collect();
    for key in chosen {
        if !facets.iter().any(|facet| facet.key == *key) {
            facets.push(Facet {
                key: key.clone(),
                label: key.clone(),
                styles: 0,
                chosen: true,
            });
        }
    }
    facets.sort_unstable_by(|one, other| {
        let common = other
            .styles
            .cmp(&one.styles)
            .then_with(|| one.key.cmp(&other.key));
        match order {
            Order::Sizes => size_rank(&one.label)
                .cmp(&size_rank(&other.label))
                .then(common),
            Order::Keys => one.key.cmp(&other.key),
            Order::Commonest => common,
        }
    });
    let mut told = 0;
    facets.retain(|facet| {
        told += 1;
        facet.chosen || told <= MOST_VALUES
    });
    facets
}

/// Letters from small to large, then numbers, then the rest.
fn size_rank(size: &str) -> (u8, u32, String) {
    const LETTERS: [&str; 11] = [
        "xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "3xl", "4xl",
    ];
    let key = key_of(size);
    if let Some(rank) = (0_u32..).zip(LETTERS).find(|(_, letters)| *letters == key) {
        return (0, rank.0, key);
    }
    let digits: String = key
        .chars()
        .skip_while(char::is_ascii_alphabetic)
        .take_while(char::is_ascii_digit)
        .collect();
    match digits.parse() {
        Ok(number) => (1, number, key),
        Err(_) => (2, 0, key),
    }
}

fn prices(prices: &[(u32, u32)], currency: &str) -> PriceRange {
    let amounts = || prices.iter().map(|(price, _)| *price);
    let (Some(lowest), Some(highest)) = (amounts().min(), amounts().max()) else {
        return PriceRange {
            currency: currency.to_owned(),
            ..PriceRange::default()
        };
    };
    let width = (highest - lowest) / BARS + 1;
    let mut counter = Counter::new(BARS as usize);
    for (price, style) in prices {
        counter.count((price - lowest) / width, *style);
    }
    let bars = (0..BARS).zip(&counter.styles).map(|(bar, styles)| Bucket {
        from_minor: lowest.saturating_add(bar * width),
        to_minor: lowest
            .saturating_add(bar * width)
            .saturating_add(width - 1)
            .min(highest),
        styles: *styles,
    });
    PriceRange {
        currency: currency.to_owned(),
        ends: Some((lowest, highest)),
        buckets: bars.filter(|bar| bar.from_minor <= highest).collect(),
    }
}
