//! What clients send about a garment, and how it becomes the domain's words.

use std::collections::BTreeMap;

use domain::{
    catalog::garment::{GarmentDetails, LocalText},
    shared::{
        AttributeName, Category, CategoryPath, Colour, ColourError, Currency, Description,
        GarmentName, Label, Language, Money, Size, Sku, Slug,
    },
};
use http_kit::{Problem, whole_number};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::catalog::mistakes::Mistakes;

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

/// The words of a garment in another language.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocalTextBody {
    /// What it is called there.
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Leinenhemd"
    )]
    pub(super) name: String,
    /// What is said about it there.
    #[schema(
        max_length = 4000,
        pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$",
        example = "Gewaschenes Leinen, gerade geschnitten."
    )]
    pub(super) description: String,
}

/// Declares a body that says everything about a garment, and perhaps more.
macro_rules! details_body {
    ($(#[$doc:meta])* $name:ident { $($(#[$more:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            /// What it is called.
            #[schema(
                min_length = 1,
                max_length = 120,
                pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
                example = "Linen shirt"
            )]
            name: String,
            /// The readable part of its address.
            #[schema(
                min_length = 1,
                max_length = 80,
                pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
                example = "linen-shirt"
            )]
            slug: String,
            /// Where on the body it goes: `tops`, `bottoms`, `dresses` or `outerwear`.
            #[schema(pattern = "^(tops|bottoms|dresses|outerwear)$", example = "tops")]
            category: String,
            /// The colour that shoppers see.
            colour: $crate::catalog::garment::details::ColourBody,
            /// The sizes on sale, in the order of the label; each once.
            #[schema(schema_with = $crate::catalog::garment::details_schema::sizes)]
            sizes: Vec<String>,
            /// What is said about it, in English.
            #[schema(
                max_length = 4000,
                pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$",
                example = "Washed linen, cut straight."
            )]
            description: String,
            /// The style of which this is one colourway; garments of one style name the same. Without it, it is a style of its own.
            #[serde(default)]
            #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "linen-shirt")]
            style: Option<String>,
            /// Who makes it.
            #[serde(default)]
            #[schema(schema_with = $crate::catalog::garment::details_schema::brand)]
            brand: Option<String>,
            /// What it is mainly made of.
            #[serde(default)]
            #[schema(schema_with = $crate::catalog::garment::details_schema::material)]
            material: Option<String>,
            /// How it fits.
            #[serde(default)]
            #[schema(schema_with = $crate::catalog::garment::details_schema::fit)]
            fit: Option<String>,
            /// When it is worn.
            #[serde(default)]
            #[schema(schema_with = $crate::catalog::garment::details_schema::season)]
            season: Option<String>,
            /// Where in the tree of categories it stands, from the root: up to six slugs with `/` between them.
            #[serde(default)]
            #[schema(schema_with = $crate::catalog::garment::details_schema::category_path)]
            category_path: Option<String>,
            /// Whatever else shoppers filter by.
            #[serde(default)]
            #[schema(schema_with = $crate::catalog::garment::details_schema::attributes)]
            attributes: std::collections::BTreeMap<String, String>,
            /// The codes of its sizes: size to SKU, each once.
            #[serde(default)]
            #[schema(schema_with = $crate::catalog::garment::details_schema::skus)]
            skus: std::collections::BTreeMap<String, String>,
            /// Its words in other languages, by their codes of two letters.
            #[serde(default)]
            #[schema(schema_with = $crate::catalog::garment::details_schema::texts)]
            texts: std::collections::BTreeMap<String, $crate::catalog::garment::details::LocalTextBody>,
            $($(#[$more])* $field: $type,)*
        }

        impl $name {
            /// The domain's words; every mistake is named with its place.
            fn details(&self) -> Result<domain::catalog::garment::GarmentDetails, http_kit::Problem> {
                $crate::catalog::garment::details::DetailsText {
                    name: &self.name,
                    slug: &self.slug,
                    category: &self.category,
                    colour: &self.colour,
                    sizes: &self.sizes,
                    description: &self.description,
                    style: self.style.as_deref(),
                    brand: self.brand.as_deref(),
                    material: self.material.as_deref(),
                    fit: self.fit.as_deref(),
                    season: self.season.as_deref(),
                    category_path: self.category_path.as_deref(),
                    attributes: &self.attributes,
                    skus: &self.skus,
                    texts: &self.texts,
                }
                .parse()
            }
        }
    };
}
pub(super) use details_body;

/// What clients say about a garment.
pub(super) struct DetailsText<'a> {
    pub(super) name: &'a str,
    pub(super) slug: &'a str,
    pub(super) category: &'a str,
    pub(super) colour: &'a ColourBody,
    pub(super) sizes: &'a [String],
    pub(super) description: &'a str,
    pub(super) style: Option<&'a str>,
    pub(super) brand: Option<&'a str>,
    pub(super) material: Option<&'a str>,
    pub(super) fit: Option<&'a str>,
    pub(super) season: Option<&'a str>,
    pub(super) category_path: Option<&'a str>,
    pub(super) attributes: &'a BTreeMap<String, String>,
    pub(super) skus: &'a BTreeMap<String, String>,
    pub(super) texts: &'a BTreeMap<String, LocalTextBody>,
}

impl DetailsText<'_> {
    /// The domain's words; every mistake is named with its place.
    pub(super) fn parse(&self) -> Result<GarmentDetails, Problem> {
        let mut mistakes = Mistakes::none();
        let said = self.said(&mut mistakes);
        mistakes.unless_any(said)
    }

    fn said(&self, mistakes: &mut Mistakes) -> Option<GarmentDetails> {
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
        let label = |text: &str| Label::parse(text);
        let style = mistakes.optional("/style", self.style, Slug::parse);
        let brand = mistakes.optional("/brand", self.brand, label);
        let material = mistakes.optional("/material", self.material, label);
        let fit = mistakes.optional("/fit", self.fit, label);
        let season = mistakes.optional("/season", self.season, label);
        let category_path =
            mistakes.optional("/category_path", self.category_path, CategoryPath::parse);
        let (attributes, skus, texts) = self.maps(mistakes);
        Some(GarmentDetails {
            name: name?,
            slug: slug?,
            category: category?,
            colour: colour?,
            sizes: sizes?,
            description: description?,
            style,
            brand,
            material,
            fit,
            season,
            category_path,
            attributes,
            skus,
            texts,
        })
    }

    fn maps(
        &self,
        mistakes: &mut Mistakes,
    ) -> (
        BTreeMap<AttributeName, Label>,
        BTreeMap<Size, Sku>,
        BTreeMap<Language, LocalText>,
    ) {
        let attributes = mistakes.entries(
            "/attributes",
            (self.attributes, GarmentDetails::MAX_ATTRIBUTES),
            AttributeName::parse,
            |mistakes, at, text| mistakes.note(at, Label::parse(text)),
        );
        let skus = mistakes.entries(
            "/skus",
            (self.skus, GarmentDetails::MAX_SIZES),
            Size::parse,
            |mistakes, at, text| mistakes.note(at, Sku::parse(text)),
        );
        let texts = mistakes.entries(
            "/texts",
            (self.texts, GarmentDetails::MAX_LANGUAGES),
            Language::parse,
            |mistakes, at, text| {
                let name = mistakes.note(format!("{at}/name"), GarmentName::parse(&text.name));
                let description = Description::parse(&text.description);
                let description = mistakes.note(format!("{at}/description"), description);
                Some(LocalText {
                    name: name?,
                    description: description?,
                })
            },
        );
        (attributes, skus, texts)
    }
}
