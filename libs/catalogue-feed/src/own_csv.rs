//! Our own CSV: one size a row, and every row says all of the garment, so that a sheet may be sorted.

use crate::{
    amount::amount_text,
    fields::{self, EXTRA, Names, extra_values, price_text},
    group::{Mapper, Part},
    item::{Colour, Item, SizeEntry},
    row::{Row, some},
};

/// What stands behind the columns that other formats carry too.
const OWN: [&str; 10] = [
    "name",
    "brand",
    "colour",
    "description",
    "price",
    "currency",
    "size",
    "sku",
    "size_price",
    "stock",
];

/// Its columns.
pub(crate) fn columns() -> impl Iterator<Item = &'static str> {
    EXTRA.iter().chain(&OWN).copied()
}

/// Reads its rows.
pub(crate) struct OwnCsv {
    currency: Option<String>,
    names: Names,
}

impl OwnCsv {
    pub(crate) fn new(currency: Option<String>) -> Self {
        Self {
            currency,
            names: Names::new(""),
        }
    }
}

impl Mapper for OwnCsv {
    const INHERITS: bool = false;

    fn part(&mut self, row: &Row) -> Part {
        let (mut item, mut problems) = (Item::default(), Vec::new());
        fields::read_extra(row, &self.names, &mut item, &mut problems);
        row.get("name").clone_into(&mut item.name);
        item.brand = row.some("brand");
        row.get("description").clone_into(&mut item.description);
        item.colour = some(row.first(&["colour", "color"])).map(|name| Colour {
            name,
            hex: row.some("colour_hex"),
        });
        let currency = some(row.get("currency")).or_else(|| self.currency.clone());
        item.price = fields::price(row, "price", currency.as_deref(), &mut problems);
        let own = fields::price(row, "size_price", currency.as_deref(), &mut problems);
        let stock = fields::stock(row, "stock", &mut problems);
        item.sizes
            .extend(fields::size(row.get("size"), row.some("sku"), stock));
        for size in &mut item.sizes {
            size.price.clone_from(&own);
        }
        let named = item.style.as_ref().or(item.slug.as_ref());
        let key = item.id.clone().unwrap_or_else(|| {
            let colour = item.colour.as_ref().map_or("", |colour| &colour.name);
            format!("{}\n{colour}", named.unwrap_or(&item.name))
        });
        Part {
            group: key.clone(),
            colourway: Some((key, item)),
            pictures: Vec::new(),
            problems,
        }
    }
}

/// The rows of an item.
pub(crate) fn rows(item: &Item) -> Result<Vec<Vec<String>>, serde_json::Error> {
    let mut said = extra_values(item)?.to_vec();
    let colour = item.colour.as_ref().map_or("", |colour| &colour.name);
    let (price, currency) = match &item.price {
        Some(price) => (amount_text(price), price.currency.clone()),
        None => (String::new(), String::new()),
    };
    said.extend([
        item.name.clone(),
        item.brand.clone().unwrap_or_default(),
        colour.to_owned(),
        item.description.clone(),
        price,
        currency,
    ]);
    let none = [SizeEntry::default()];
    let sizes = if item.sizes.is_empty() {
        &none[..]
    } else {
        &item.sizes
    };
    let row = |size: &SizeEntry| {
        let mut row = said.clone();
        row.push(size.size.clone());
        row.push(size.sku.clone().unwrap_or_default());
        row.push(price_text(size.price.as_ref()));
        row.push(
            size.stock
                .map_or_else(String::new, |stock| stock.to_string()),
        );
        row
    };
    Ok(sizes.iter().map(row).collect())
}
