//! Google Merchant feeds: one size an item, `item_group_id` for the style, `color` for the garment. The columns are the
//! same with tabs and in XML.

use crate::{
    category,
    fields::{self, EXTRA, Names, extra_values, price_text},
    group::{Mapper, Part},
    item::{Colour, Item, SizeEntry, Status},
    row::{Row, some},
    slugify::{slug_path, slugify},
};

/// The columns that are read and written, those that only we read at the end.
pub(crate) const COLUMNS: [&str; 38] = [
    "id",
    "title",
    "description",
    "link",
    "image_link",
    "additional_image_link",
    "availability",
    "price",
    "condition",
    "brand",
    "item_group_id",
    "color",
    "size",
    "material",
    "pattern",
    "gender",
    "age_group",
    "product_type",
    "google_product_category",
    "drape_sku",
    "drape_id",
    "drape_style",
    "drape_slug",
    "drape_category",
    "drape_category_path",
    "drape_colour_hex",
    "drape_material",
    "drape_fit",
    "drape_season",
    "drape_attributes",
    "drape_texts",
    "drape_pictures",
    "drape_list_prices",
    "drape_publish_at",
    "drape_status",
    "drape_name",
    "drape_price",
    "drape_stock",
];

/// Columns of Google's that are attributes of ours.
const ATTRIBUTES: [(&str, &str); 3] = [
    ("pattern", "pattern"),
    ("gender", "gender"),
    ("age_group", "age_group"),
];

/// Reads its rows.
pub(crate) struct Google {
    currency: Option<String>,
    names: Names,
}

impl Google {
    pub(crate) fn new(currency: Option<String>) -> Self {
        Self {
            currency,
            names: Names::new("drape_"),
        }
    }

    fn item(&self, row: &Row, part: &mut Part) -> Item {
        let mut item = Item::default();
        fields::read_extra(row, &self.names, &mut item, &mut part.problems);
        let size = row.get("size");
        item.name = row
            .some("drape_name")
            .unwrap_or_else(|| without_size(row.get("title"), size));
        row.get("description").clone_into(&mut item.description);
        item.brand = row.some("brand");
        item.material = item.material.or_else(|| row.some("material"));
        let (kind, number) = (row.get("product_type"), row.get("google_product_category"));
        if item.category.is_none() {
            item.category = category::guess(&[kind, number, &item.name]);
        }
        if item.category_path.is_none() && !is_ours(row) {
            item.category_path = slug_path(kind).or_else(|| {
                let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
                slug_path(number).filter(|_| !is_number)
            });
        }
        for (column, name) in ATTRIBUTES {
            if let Some(value) = row.some(column) {
                item.attributes.entry(name.to_owned()).or_insert(value);
            }
        }
        if item.style.is_none() && !is_ours(row) {
            item.style = some(&slugify(row.first(&["item_group_id", "id"])));
        }
        item.colour = row.some("color").map(|name| Colour {
            name,
            hex: row.some("drape_colour_hex"),
        });
        let currency = self.currency.as_deref();
        item.price = fields::price(row, "price", currency, &mut part.problems);
        let addresses = row.get("additional_image_link").split(',');
        let mut pictures: Vec<_> = std::iter::once(row.get("image_link"))
            .chain(addresses)
            .filter_map(|address| some(address.trim()))
            .collect();
        pictures.append(&mut item.pictures);
        item.pictures = pictures;
        // A shop feeds what it sells.
        let status = Some(Status::Published).filter(|_| !is_ours(row));
        item.status = item.status.or(status);
        let sku = row.some(if is_ours(row) { "drape_sku" } else { "id" });
        let stock = fields::stock(row, "drape_stock", &mut part.problems);
        // What is one row without a size is a garment of one size; ours may have none.
        item.sizes.extend(fields::size(size, sku, stock));
        fields::base_price(row, &mut item, &mut part.problems);
        item
    }
}

/// Whether we wrote it.
fn is_ours(row: &Row) -> bool {
    !row.get("drape_name").is_empty()
}

/// A title without the size at its end: `Linen shirt - M`.
fn without_size(title: &str, size: &str) -> String {
    let bare = title.trim_end_matches([')', ']']);
    let before = bare.strip_suffix(size).filter(|_| !size.is_empty());
    let separators = [' ', '-', '/', ',', '|', '(', '[', '–'];
    match before {
        Some(before) if before.ends_with(separators) => {
            let before = before.trim_end_matches(separators);
            if before.is_empty() { title } else { before }.to_owned()
        }
        _ => title.to_owned(),
    }
}

impl Mapper for Google {
    const INHERITS: bool = false;

    fn part(&mut self, row: &Row) -> Part {
        let group = row.first(&["drape_id", "item_group_id", "id"]).to_owned();
        let mut part = Part {
            group,
            colourway: None,
            pictures: Vec::new(),
            problems: Vec::new(),
        };
        if row.get("id").is_empty() {
            let problem = crate::RowProblem::error(row.line, "id", "the id is missing");
            part.problems.push(problem);
        }
        let item = self.item(row, &mut part);
        let colour = item.colour.as_ref().map_or("", |colour| &colour.name);
        part.colourway = Some((colour.to_lowercase(), item));
        part
    }
}

/// The rows of an item. `shop` is the address that a garment's slug follows.
pub(crate) fn rows(item: &Item, shop: Option<&str>) -> Result<Vec<Vec<String>>, serde_json::Error> {
    let (public, own): (Vec<_>, Vec<_>) = item
        .pictures
        .iter()
        .cloned()
        .partition(|picture| picture.contains("://"));
    let extra = extra_values(&Item {
        pictures: own,
        ..item.clone()
    })?;
    let none = [SizeEntry::default()];
    let sizes = if item.sizes.is_empty() {
        &none[..]
    } else {
        &item.sizes
    };
    let rows = sizes.iter().enumerate().map(|(index, size)| {
        let mut row = standard(item, (size, index), shop, &public);
        row.push(size.sku.clone().unwrap_or_default());
        row.extend(extra.iter().cloned());
        row.push(item.name.clone());
        row.push(price_text(item.price.as_ref()));
        row.push(
            size.stock
                .map_or_else(String::new, |stock| stock.to_string()),
        );
        row
    });
    Ok(rows.collect())
}

fn standard(
    item: &Item,
    (size, index): (&SizeEntry, usize),
    shop: Option<&str>,
    pictures: &[String],
) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let slug = item.slug.clone().unwrap_or_else(|| slugify(&item.name));
    let named = item.id.as_ref().unwrap_or(&slug);
    let id = size
        .sku
        .clone()
        .unwrap_or_else(|| format!("{named}-{index}"));
    let title = if size.size.is_empty() {
        item.name.clone()
    } else {
        format!("{} - {}", item.name, size.size)
    };
    let link = shop.map_or_else(String::new, |shop| {
        format!("{}/{slug}", shop.trim_end_matches('/'))
    });
    let is_gone = size.stock == Some(0) || item.status == Some(Status::Retired);
    let price = price_text(size.price.as_ref().or(item.price.as_ref()));
    let attribute = |name: &str| item.attributes.get(name).cloned().unwrap_or_default();
    let colour = item.colour.as_ref().map(|colour| colour.name.clone());
    vec![
        id,
        title,
        item.description.clone(),
        link,
        pictures.first().cloned().unwrap_or_default(),
        pictures.get(1..).unwrap_or_default().join(","),
        if is_gone { "out_of_stock" } else { "in_stock" }.to_owned(),
        price,
        "new".to_owned(),
        text(&item.brand),
        item.style.clone().unwrap_or(slug),
        colour.unwrap_or_default(),
        size.size.clone(),
        text(&item.material),
        attribute("pattern"),
        attribute("gender"),
        attribute("age_group"),
        item.category_path
            .clone()
            .unwrap_or_default()
            .replace('/', " > "),
        String::new(),
    ]
}

/// How many of Google's columns there are before ours.
pub(crate) const STANDARD: usize = COLUMNS.len() - EXTRA.len() - 4;
