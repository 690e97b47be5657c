//! What the API's document says of the parts of a collection that no attribute of utoipa describes.

use domain::{
    catalog::collection::{Collection, CollectionDetails, Members, Rule},
    shared::{AttributeName, Category, CategoryPath, Label, Language, Moment},
};
use serde_json::{Value, json};
use utoipa::openapi::{
    Ref, SchemaFormat,
    schema::{Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, SchemaType, Type},
};

const SLUG: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

fn text(pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
}

fn id() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}

fn list(description: &str, items: ObjectBuilder, most: usize, example: Value) -> Array {
    ArrayBuilder::new()
        .description(Some(description))
        .items(items)
        .max_items(Some(most))
        .examples([example])
        .build()
}

fn labels(description: &str, example: Value) -> Array {
    let label = text(Label::PATTERN).max_length(Some(60));
    list(description, label, Rule::MAX_VALUES, example)
}

/// The garments of a collection by hand.
pub(super) fn garments() -> Array {
    let example = json!(["01900000-0000-7000-8000-000000000001"]);
    let mut garments = list(
        "The garments, each once.",
        id(),
        Members::MAX_GARMENTS,
        example,
    );
    garments.unique_items = true;
    garments
}

/// The garments that come first.
pub(in crate::catalog) fn pinned() -> Array {
    let description = "The garments, in this order; none takes back what was pinned.";
    let example = json!(["01900000-0000-7000-8000-000000000001"]);
    let mut pinned = list(description, id(), Collection::MAX_PINNED, example);
    pinned.unique_items = true;
    pinned
}

/// Where on the body.
pub(super) fn categories() -> Array {
    let names = Category::ALL.map(Category::as_str);
    let category = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names));
    list(
        "Where on the body.",
        category,
        Rule::MAX_VALUES,
        json!(["tops"]),
    )
}

/// Places in the tree of categories.
pub(super) fn category_paths() -> Array {
    let description = "Places in the tree of categories, with all below them.";
    let path = text(CategoryPath::PATTERN);
    list(description, path, Rule::MAX_VALUES, json!(["women/tops"]))
}

/// Who makes it.
pub(super) fn brands() -> Array {
    labels("Who makes it.", json!(["Meadow"]))
}

/// Families of colours.
pub(super) fn colours() -> Array {
    let description = "Families of colours, as the facet of a search names them.";
    let colour = text(SLUG).max_length(Some(80));
    list(description, colour, Rule::MAX_VALUES, json!(["beige"]))
}

/// What it is mainly made of.
pub(super) fn materials() -> Array {
    labels("What it is mainly made of.", json!(["Linen"]))
}

/// When it is worn.
pub(super) fn seasons() -> Array {
    labels("When it is worn.", json!(["Summer 2026"]))
}

/// Further attributes.
pub(super) fn attributes() -> Object {
    let label = text(Label::PATTERN).max_length(Some(60));
    let values = ArrayBuilder::new()
        .items(label)
        .min_items(Some(1))
        .max_items(Some(Rule::MAX_VALUES));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(text(AttributeName::PATTERN)))
        .additional_properties(Some(values))
        .max_properties(Some(Rule::MAX_ATTRIBUTES))
        .description(Some(
            "Further attributes, each with the values that will do; `fit` is one.",
        ))
        .examples([json!({ "fit": ["slim"] })])
        .build()
}

/// First published then or later.
pub(super) fn published_since() -> Object {
    text(Moment::PATTERN)
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(
            "First published then or later: in UTC, to the second.",
        ))
        .examples([json!("2026-03-01T00:00:00Z")])
        .build()
}

/// Its words in other languages.
pub(super) fn texts() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(text(Language::PATTERN)))
        .additional_properties(Some(Ref::from_schema_name("LocalWordsBody")))
        .max_properties(Some(CollectionDetails::MAX_LANGUAGES))
        .description(Some(
            "Its words in other languages, by their codes of two letters (ISO 639-1).",
        ))
        .build()
}
