//! What the API's document says of the parts of a garment that no attribute of utoipa describes.

use domain::{
    catalog::garment::GarmentDetails,
    shared::{AttributeName, CategoryPath, Label, Language, Sku},
};
use serde_json::json;
use utoipa::openapi::{
    Ref,
    schema::{AdditionalProperties, Array, ArrayBuilder, Object, ObjectBuilder, SchemaType, Type},
};

const SIZE: &str = "^[0-9A-Za-z/.+-]([0-9A-Za-z/ .+-]{0,14}[0-9A-Za-z/.+-])?$";

fn text(pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
}

/// The sizes on sale.
pub(super) fn sizes() -> Array {
    ArrayBuilder::new()
        .description(Some(
            "The sizes on sale, in the order of the label; each once.",
        ))
        .items(text(SIZE))
        .unique_items(true)
        .max_items(Some(GarmentDetails::MAX_SIZES))
        .examples([json!(["S", "M", "L"])])
        .build()
}

/// A word that shoppers filter by.
fn label(description: &str, example: &str) -> Object {
    text(Label::PATTERN)
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .max_length(Some(60))
        .description(Some(description))
        .examples([json!(example)])
        .build()
}

/// Who makes it.
pub(super) fn brand() -> Object {
    label("Who makes it.", "Meadow")
}

/// What it is mainly made of.
pub(super) fn material() -> Object {
    label("What it is mainly made of.", "Linen")
}

/// How it fits.
pub(super) fn fit() -> Object {
    label("How it fits.", "regular")
}

/// When it is worn.
pub(super) fn season() -> Object {
    label("When it is worn.", "Summer 2026")
}

/// Where in the tree of categories it stands.
pub(super) fn category_path() -> Object {
    text(CategoryPath::PATTERN)
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(
            "Where in the tree of categories it stands, from the root: up to six slugs with `/` between them.",
        ))
        .examples([json!("women/tops/shirts")])
        .build()
}

fn map(
    key: &str,
    value: impl Into<AdditionalProperties<utoipa::openapi::schema::Schema>>,
    limit: usize,
) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(text(key)))
        .additional_properties(Some(value))
        .max_properties(Some(limit))
}

/// Whatever else shoppers filter by.
pub(super) fn attributes() -> Object {
    let limit = GarmentDetails::MAX_ATTRIBUTES;
    map(AttributeName::PATTERN, text(Label::PATTERN), limit)
        .description(Some("Whatever else shoppers filter by."))
        .examples([json!({ "collar": "kent" })])
        .build()
}

/// The codes of its sizes.
pub(super) fn skus() -> Object {
    map(SIZE, text(Sku::PATTERN), GarmentDetails::MAX_SIZES)
        .description(Some(
            "The codes of its sizes: size to SKU, each once, only for sizes on sale.",
        ))
        .examples([json!({ "M": "LS-SAND-M" })])
        .build()
}

/// Its words in other languages.
pub(super) fn texts() -> Object {
    let limit = GarmentDetails::MAX_LANGUAGES;
    map(
        Language::PATTERN,
        Ref::from_schema_name("LocalTextBody"),
        limit,
    )
    .description(Some(
        "Its words in other languages, by their codes of two letters (ISO 639-1).",
    ))
    .build()
}
