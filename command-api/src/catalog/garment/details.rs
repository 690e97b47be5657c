//! What clients send about a garment, and how it becomes the domain's words.

use domain::{
    catalog::garment::GarmentDetails,
    shared::{
        Category, Colour, ColourError, Currency, Description, GarmentName, Money, Size, Slug,
    },
};
use http_kit::{Problem, whole_number};
use serde::Deserialize;
use utoipa::{
    ToSchema,
    openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type},
};

/// A colour as shoppers name it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColourBody {
    /// What shoppers call it.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Sand"
    )]
    pub(super) name: String,
    /// `#rrggbb` in sRGB.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$", example = "#d8c9a8")]
    pub(super) hex: String,
}

/// An amount of money.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoneyBody {
    /// Minor units: cents for EUR.
    #[serde(deserialize_with = "whole_number")]
    #[schema(example = 4990)]
    pub(super) minor: u32,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub(super) currency: String,
}

impl MoneyBody {
    /// The domain's money; the mistake, if there is one, is named under `/price`.
    pub(super) fn parse(&self) -> Result<Money, Problem> {
        let currency = Currency::parse(&self.currency).map_err(|error| {
            Problem::invalid_body().pointer("/price/currency", error.to_string())
        })?;
        Ok(Money {
            minor: self.minor,
            currency,
        })
    }
}

/// What the document says of sizes.
pub(super) fn sizes() -> Array {
    let size = ObjectBuilder::new().schema_type(Type::String).pattern(Some(
        "^[0-9A-Za-z/.+-]([0-9A-Za-z/ .+-]{0,14}[0-9A-Za-z/.+-])?$",
    ));
    ArrayBuilder::new()
        .description(Some(
            "The sizes on sale, in the order of the label; each once.",
        ))
        .items(size)
        .unique_items(true)
        .max_items(Some(32))
        .examples([serde_json::json!(["S", "M", "L"])])
        .build()
}

/// What clients say about a garment.
pub(super) struct DetailsText<'a> {
    pub(super) name: &'a str,
    pub(super) slug: &'a str,
    pub(super) category: &'a str,
    pub(super) colour: &'a ColourBody,
    pub(super) sizes: &'a [String],
    pub(super) description: &'a str,
}

/// Collects mistakes, so that a client hears of all of them at once.
struct Mistakes(Problem);

impl Mistakes {
    fn note<T, E: std::fmt::Display>(
        &mut self,
        pointer: impl Into<String>,
        parsed: Result<T, E>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.0 = self.0.clone().pointer(pointer, error.to_string());
                None
            }
        }
    }
}

impl DetailsText<'_> {
    /// The domain's words; every mistake is named with its place.
    pub(super) fn parse(&self) -> Result<GarmentDetails, Problem> {
        let mut mistakes = Mistakes(Problem::invalid_body());
        let name = mistakes.note("/name", GarmentName::parse(self.name));
        let slug = mistakes.note("/slug", Slug::parse(self.slug));
        let category = mistakes.note("/category", self.category.parse::<Category>());
        let colour = Colour::parse(&self.colour.name, &self.colour.hex);
        let colour_at = match &colour {
            Err(ColourError::Hex) => "/colour/hex",
            Err(ColourError::Name) | Ok(_) => "/colour/name",
        };
        let colour = mistakes.note(colour_at, colour);
        // More sizes than a garment may have are not even looked at: the domain refuses them.
        let sizes: Option<Vec<_>> = self
            .sizes
            .iter()
            .take(GarmentDetails::MAX_SIZES + 1)
            .enumerate()
            .map(|(index, size)| mistakes.note(format!("/sizes/{index}"), Size::parse(size)))
            .collect();
        let description = mistakes.note("/description", Description::parse(self.description));
        match (name, slug, category, colour, sizes, description) {
            (
                Some(name),
                Some(slug),
                Some(category),
                Some(colour),
                Some(sizes),
                Some(description),
            ) => Ok(GarmentDetails {
                name,
                slug,
                category,
                colour,
                sizes,
                description,
            }),
            _ => Err(mistakes.0),
        }
    }
}
