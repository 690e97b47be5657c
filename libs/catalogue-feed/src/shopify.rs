//! Shopify's product CSV: a handle is a style, its variants are colours and sizes. The first row of a handle says what all
//! have in common; more rows may hold nothing but a picture.

use crate::{
    amount::{amount_text, parse_amount},
    category,
    fields::{self, BASE_PRICE, EXTRA, Names, extra_values, price_text},
    group::{Mapper, Part},
    html,
    item::{Colour, Item, SizeEntry, Status},
    row::{Row, some},
    slugify::{slug_path, slugify},
};

const HANDLE: [&str; 2] = ["handle", "url handle"];
const BODY: [&str; 2] = ["body (html)", "description"];
const PRICE: [&str; 2] = ["variant price", "price"];
const SKU: [&str; 2] = ["variant sku", "sku"];
const STOCK: [&str; 2] = ["variant inventory qty", "inventory quantity"];
const PICTURE: [&str; 2] = ["image src", "product image url"];
const VARIANT_PICTURE: [&str; 2] = ["variant image", "variant image url"];
const PUBLISHED: [&str; 2] = ["published", "published on online store"];
const OPTIONS: [(&str, &str); 3] = [
    ("option1 name", "option1 value"),
    ("option2 name", "option2 value"),
    ("option3 name", "option3 value"),
];

/// What a variant differs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Colour,
    Size,
    /// Something else, such as a length: part of the size.
    Other,
    /// Shopify's word for a product without options.
    None,
}

impl Choice {
    fn of(name: &str) -> Self {
        match name.to_lowercase().as_str() {
            "" | "title" => Self::None,
            "color" | "colour" | "farbe" | "couleur" | "kleur" | "colore" => Self::Colour,
            "size" | "größe" | "grösse" | "taille" | "maat" | "taglia" | "talla" => Self::Size,
            _ => Self::Other,
        }
    }
}

/// Reads its rows, and remembers what the handle's first row said.
pub(crate) struct Shopify {
    /// Of the whole file.
    given: Option<String>,
    /// Of the handle.
    currency: Option<String>,
    names: Names,
    handle: String,
    id: String,
    choices: [Choice; 3],
}

impl Shopify {
    pub(crate) fn new(currency: Option<String>) -> Self {
        Self {
            given: currency,
            currency: None,
            names: Names::new("drape_"),
            handle: String::new(),
            id: String::new(),
            choices: [Choice::None; 3],
        }
    }

    /// Colour and size of a variant.
    fn choice(&self, row: &Row) -> (Option<String>, String) {
        let (mut colour, mut size, mut others) = (None, String::new(), String::new());
        for (choice, (_, value)) in self.choices.iter().zip(OPTIONS) {
            let value = row.get(value);
            match choice {
                Choice::Colour => colour = some(value),
                Choice::Size => value.clone_into(&mut size),
                Choice::Other if !value.is_empty() => {
                    if !others.is_empty() {
                        others.push('/');
                    }
                    others.push_str(value);
                }
                Choice::Other | Choice::None => {}
            }
        }
        let size = match (size.is_empty(), others.is_empty()) {
            (_, true) => size,
            (true, false) => others,
            (false, false) => format!("{size}/{others}"),
        };
        (colour, size)
    }

    /// What the row says of the garment itself.
    fn item(&self, row: &Row, part: &mut Part, is_head: bool) -> Item {
        let mut item = Item::default();
        fields::read_extra(row, &self.names, &mut item, &mut part.problems);
        row.get("title").clone_into(&mut item.name);
        item.description = html::to_text(row.first(&BODY));
        item.brand = row.some("vendor");
        let (product, kind) = (row.get("product category"), row.get("type"));
        if item.category.is_none() {
            item.category = category::guess(&[product, kind, &item.name]);
        }
        if item.category_path.is_none() && !row.has("drape_category_path") {
            item.category_path = slug_path(product).or_else(|| slug_path(kind));
        }
        item.material = item.material.or_else(|| row.some("shopify.fabric"));
        item.status = item.status.or_else(|| status(row));
        let handle = slugify(&self.handle);
        if item.style.is_none() && !row.has("drape_style") {
            item.style = some(&handle);
        }
        let column = PRICE.iter().find(|name| row.has(name)).unwrap_or(&PRICE[0]);
        item.price = fields::price(row, column, self.currency.as_deref(), &mut part.problems);
        let (colour, size) = self.choice(row);
        let colour = colour.or_else(|| row.some("drape_colour"));
        if item.slug.is_none() {
            let colour = colour.as_deref().unwrap_or_default();
            item.slug = some(&slugify(&format!("{handle} {colour}")));
        }
        item.colour = colour.map(|name| Colour {
            name,
            hex: row.some("drape_colour_hex"),
        });
        let column = STOCK.iter().find(|name| row.has(name)).unwrap_or(&STOCK[0]);
        let stock = fields::stock(row, column, &mut part.problems);
        item.sizes
            .extend(fields::size(&size, some(row.first(&SKU)), stock));
        fields::base_price(row, &mut item, &mut part.problems);
        item.pictures.extend(some(row.first(&VARIANT_PICTURE)));
        if is_head && item.name.is_empty() {
            let problem = crate::RowProblem::error(row.line, "title", "the title is missing");
            part.problems.push(problem);
        }
        item
    }
}

impl Mapper for Shopify {
    const INHERITS: bool = true;

    fn part(&mut self, row: &Row) -> Part {
        let handle = row.first(&HANDLE);
        let id = row.get("drape_id");
        let is_head = handle != self.handle || (!id.is_empty() && id != self.id);
        if is_head {
            handle.clone_into(&mut self.handle);
            id.clone_into(&mut self.id);
            let base = parse_amount(row.get(BASE_PRICE), None).ok();
            self.currency = base
                .map(|base| base.currency)
                .or_else(|| self.given.clone());
            self.choices = OPTIONS.map(|(name, _)| Choice::of(row.get(name)));
        }
        let mut part = Part {
            group: format!("{handle}\n{}", self.id),
            colourway: None,
            pictures: some(row.first(&PICTURE)).into_iter().collect(),
            problems: Vec::new(),
        };
        if handle.is_empty() {
            let problem = crate::RowProblem::error(row.line, HANDLE[0], "the handle is missing");
            part.problems.push(problem);
            return part;
        }
        let is_variant = is_head
            || !row.first(&PRICE).is_empty()
            || !row.first(&SKU).is_empty()
            || OPTIONS.iter().any(|(_, value)| !row.get(value).is_empty());
        if is_variant {
            let item = self.item(row, &mut part, is_head);
            let split = item.colour.as_ref().map_or("", |colour| &colour.name);
            part.colourway = Some((split.to_lowercase(), item));
        }
        part
    }
}

fn status(row: &Row) -> Option<Status> {
    let published = row.first(&PUBLISHED).to_lowercase();
    match row.get("status").to_lowercase().as_str() {
        "archived" => Some(Status::Retired),
        "draft" => Some(Status::Draft),
        "active" if published != "false" => Some(Status::Published),
        _ => match published.as_str() {
            "true" => Some(Status::Published),
            "false" => Some(Status::Draft),
            _ => None,
        },
    }
}

const STANDARD: [&str; 19] = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Variant SKU",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Fulfillment Service",
    "Variant Price",
    "Image Src",
    "Image Position",
    "Status",
];

/// The header that is written.
pub(crate) fn header() -> Vec<String> {
    let ours = EXTRA.iter().chain(&["price"]);
    let ours = ours.map(|name| format!("{name} (product.metafields.drape.{name})"));
    STANDARD
        .iter()
        .map(|name| (*name).to_owned())
        .chain(ours)
        .collect()
}

/// The rows of an item: each colour is a product of its own, since colours of one style need not stand together.
pub(crate) fn rows(item: &Item) -> Result<Vec<Vec<String>>, serde_json::Error> {
    let (public, own): (Vec<_>, Vec<_>) = item
        .pictures
        .iter()
        .cloned()
        .partition(|picture| picture.contains("://"));
    let mut ours = extra_values(&Item {
        pictures: own,
        ..item.clone()
    })?
    .to_vec();
    ours.push(price_text(item.price.as_ref()));
    let handle = item.slug.clone().unwrap_or_else(|| slugify(&item.name));
    let none = [SizeEntry::default()];
    let sizes = if item.sizes.is_empty() {
        &none[..]
    } else {
        &item.sizes
    };
    let count = sizes.len().max(public.len());
    let row = |index: usize| {
        let picture = public.get(index).cloned();
        let size = sizes.get(index);
        let mut row = standard(item, (handle.clone(), index == 0), size, picture, index + 1);
        row.extend(ours.iter().map(|value| {
            if index == 0 {
                value.clone()
            } else {
                String::new()
            }
        }));
        row
    };
    Ok((0..count).map(row).collect())
}

fn standard(
    item: &Item,
    (handle, is_head): (String, bool),
    size: Option<&SizeEntry>,
    picture: Option<String>,
    position: usize,
) -> Vec<String> {
    let head = |value: String| if is_head { value } else { String::new() };
    let variant = |value: &str| size.map_or_else(String::new, |_| value.to_owned());
    let colour = item.colour.as_ref().map_or("", |colour| &colour.name);
    let size_text = size.map_or("", |size| &size.size);
    let (options, values) = match (colour.is_empty(), size_text.is_empty()) {
        (false, _) => (["Color", "Size"], [colour, size_text]),
        (true, false) => (["Size", ""], [size_text, ""]),
        (true, true) => (["Title", ""], ["Default Title", ""]),
    };
    let (published, status) = match item.status {
        None => ("", ""),
        Some(Status::Draft) => ("false", "draft"),
        Some(Status::Published) => ("true", "active"),
        Some(Status::Retired) => ("false", "archived"),
    };
    let stock = size
        .and_then(|size| size.stock)
        .map(|stock| stock.to_string());
    let tracker = if stock.is_some() { "shopify" } else { "" };
    let sku = size.and_then(|size| size.sku.clone());
    let price = size.and_then(|size| size.price.as_ref());
    let price = price.or(item.price.as_ref());
    let price = price.map(amount_text).unwrap_or_default();
    let kind = item.category.clone().unwrap_or_default();
    let place = picture
        .as_ref()
        .map_or_else(String::new, |_| position.to_string());
    vec![
        handle,
        head(item.name.clone()),
        head(html::of_text(&item.description)),
        head(item.brand.clone().unwrap_or_default()),
        head(kind),
        head(published.to_owned()),
        head(options[0].to_owned()),
        variant(values[0]),
        head(options[1].to_owned()),
        variant(values[1]),
        sku.unwrap_or_default(),
        tracker.to_owned(),
        stock.unwrap_or_default(),
        variant("deny"),
        variant("manual"),
        variant(&price),
        picture.unwrap_or_default(),
        place,
        head(status.to_owned()),
    ]
}
