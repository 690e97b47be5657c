//! What our own CSV says in columns, and other formats carry in columns that only we read.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    amount::{amount_text, parse_amount},
    item::{Item, Price, SizeEntry},
    problem::RowProblem,
    row::{Row, some},
};

/// The columns that other formats carry as `drape_…`.
pub(crate) const EXTRA: [&str; 15] = [
    "id",
    "style",
    "slug",
    "category",
    "category_path",
    "colour_hex",
    "material",
    "fit",
    "season",
    "attributes",
    "texts",
    "pictures",
    "list_prices",
    "publish_at",
    "status",
];

/// What an item says in those columns, in their order.
pub(crate) fn extra_values(item: &Item) -> Result<[String; 15], serde_json::Error> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let hex = item.colour.as_ref().and_then(|colour| colour.hex.clone());
    Ok([
        text(&item.id),
        text(&item.style),
        text(&item.slug),
        text(&item.category),
        text(&item.category_path),
        hex.unwrap_or_default(),
        text(&item.material),
        text(&item.fit),
        text(&item.season),
        map_text(&item.attributes)?,
        map_text(&item.texts)?,
        item.pictures.join("|"),
        map_text(&item.list_prices)?,
        text(&item.publish_at),
        item.status
            .map_or_else(String::new, |status| status.to_string()),
    ])
}

fn map_text<T: Serialize>(map: &BTreeMap<String, T>) -> Result<String, serde_json::Error> {
    if map.is_empty() {
        Ok(String::new())
    } else {
        serde_json::to_string(map)
    }
}

/// Reads those columns but the colour's value; `prefix` is `drape_` or nothing.
pub(crate) fn read_extra(
    row: &Row,
    names: &Names,
    item: &mut Item,
    problems: &mut Vec<RowProblem>,
) {
    let cell = |name: &str| row.get(names.of(name));
    let text = |name: &str| some(cell(name));
    item.id = text("id");
    item.style = text("style");
    item.slug = text("slug");
    item.category = text("category");
    item.category_path = text("category_path");
    item.material = text("material");
    item.fit = text("fit");
    item.season = text("season");
    item.attributes = map(row, names, "attributes", problems);
    item.texts = map(row, names, "texts", problems);
    item.list_prices = map(row, names, "list_prices", problems);
    item.publish_at = text("publish_at");
    item.pictures = cell("pictures")
        .split('|')
        .filter_map(|picture| some(picture.trim()))
        .collect();
    let status = cell("status");
    if !status.is_empty() {
        match status.parse() {
            Ok(status) => item.status = Some(status),
            Err(error) => problems.push(RowProblem::error(row.line, names.of("status"), error)),
        }
    }
}

fn map<T: DeserializeOwned>(
    row: &Row,
    names: &Names,
    column: &str,
    problems: &mut Vec<RowProblem>,
) -> BTreeMap<String, T> {
    let cell = row.get(names.of(column));
    if cell.is_empty() {
        return BTreeMap::new();
    }
    serde_json::from_str(cell).unwrap_or_else(|error| {
        problems.push(RowProblem::error(
            row.line,
            names.of(column),
            format!("this is no JSON object as it is wanted here: {error}"),
        ));
        BTreeMap::new()
    })
}

/// What the columns are called in a file.
pub(crate) struct Names(Vec<(&'static str, String)>);

impl Names {
    pub(crate) fn new(prefix: &str) -> Self {
        let named = |name: &&'static str| (*name, format!("{prefix}{name}"));
        Self(EXTRA.iter().map(named).collect())
    }

    pub(crate) fn of(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, name)| name)
    }
}

/// The price in a column; none where it is empty.
pub(crate) fn price(
    row: &Row,
    column: &str,
    currency: Option<&str>,
    problems: &mut Vec<RowProblem>,
) -> Option<Price> {
    let cell = row.get(column);
    if cell.is_empty() {
        return None;
    }
    match parse_amount(cell, currency) {
        Ok(price) => Some(price),
        Err(error) => {
            problems.push(RowProblem::error(row.line, column, error));
            None
        }
    }
}

/// The size that a row is of; a stock-keeping unit without a size is the only one.
pub(crate) fn size(size: &str, sku: Option<String>, stock: Option<u32>) -> Option<SizeEntry> {
    if size.is_empty() && sku.is_none() {
        return None;
    }
    let size = if size.is_empty() { ONE_SIZE } else { size };
    Some(SizeEntry {
        size: size.to_owned(),
        sku,
        price: None,
        stock,
    })
}

/// `49.90 EUR`.
pub(crate) fn price_text(price: Option<&Price>) -> String {
    price.map_or_else(String::new, |price| {
        format!("{} {}", amount_text(price), price.currency)
    })
}

/// Where we wrote what the garment costs beside what its size costs, both are known.
pub(crate) fn base_price(row: &Row, item: &mut Item, problems: &mut Vec<RowProblem>) {
    let Some(base) = price(row, BASE_PRICE, None, problems) else {
        return;
    };
    if let Some(own) = item.price.replace(base)
        && item.price.as_ref() != Some(&own)
    {
        for size in &mut item.sizes {
            size.price = Some(own.clone());
        }
    }
}

/// The column for what a garment costs beside Google's and Shopify's for what a size costs.
pub(crate) const BASE_PRICE: &str = "drape_price";

/// What a garment's only size is called.
const ONE_SIZE: &str = "One size";

/// A count in a column. What is sold beyond the stock is not there either.
pub(crate) fn stock(row: &Row, column: &str, problems: &mut Vec<RowProblem>) -> Option<u32> {
    let cell = row.get(column);
    if cell.is_empty() {
        return None;
    }
    let below = cell
        .strip_prefix('-')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    if below {
        return Some(0);
    }
    cell.parse()
        .inspect_err(|_| {
            problems.push(RowProblem::error(
                row.line,
                column,
                "a stock is a whole number",
            ));
        })
        .ok()
}
