//! Which garments clients want in a collection.

use std::collections::BTreeMap;

use domain::{
    catalog::collection::{Members, PriceRange, Rule, RuleSort},
    shared::{AttributeName, Category, CategoryPath, Currency, GarmentId, Label, Moment, Slug},
};
use http_kit::{Problem, whole_number};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::catalog::mistakes::Mistakes;

/// Which garments are in a collection: `garments` of a collection `by_hand`, `rule` of one `by_rule`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum MembersBody {
    /// Those that somebody chooses, in this order.
    ByHand {
        /// The garments, each once.
        #[schema(schema_with = super::members_schema::garments)]
        garments: Vec<String>,
    },
    /// All that are like this, also those that come later.
    ByRule {
        /// What they have to be.
        rule: Box<RuleBody>,
    },
}

/// In which order a rule shows what it finds.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleSortBody {
    /// Newest first.
    Newest,
    /// Cheapest first.
    Cheapest,
    /// Dearest first.
    Dearest,
    /// What is liked and tried on by most people first.
    Popular,
}

/// Prices from one to another, both included.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulePriceBody {
    /// The lowest, in minor units.
    #[serde(deserialize_with = "whole_number")]
    #[schema(minimum = 0, maximum = 4_294_967_295_i64, example = 2000)]
    from_minor: u32,
    /// The highest, in minor units.
    #[serde(deserialize_with = "whole_number")]
    #[schema(minimum = 0, maximum = 4_294_967_295_i64, example = 9990)]
    to_minor: u32,
    /// Of which currency (ISO 4217).
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    currency: String,
}

/// What garments have to be. Of the values of one condition any will do, and all conditions have to hold; what is not said does
/// not matter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleBody {
    /// Where on the body.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::categories)]
    categories: Vec<String>,
    /// Places in the tree of categories, with all below them.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::category_paths)]
    category_paths: Vec<String>,
    /// Who makes it.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::brands)]
    brands: Vec<String>,
    /// Families of colours, as the facet of a search names them.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::colours)]
    colours: Vec<String>,
    /// What it is mainly made of.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::materials)]
    materials: Vec<String>,
    /// When it is worn.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::seasons)]
    seasons: Vec<String>,
    /// Further attributes, each with the values that will do; `fit` is one.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::attributes)]
    attributes: BTreeMap<String, Vec<String>>,
    /// What it costs.
    #[serde(default)]
    price: Option<RulePriceBody>,
    /// First published then or later.
    #[serde(default)]
    #[schema(schema_with = super::members_schema::published_since)]
    published_since: Option<String>,
    /// In which order.
    #[schema(inline)]
    sort: RuleSortBody,
}

impl MembersBody {
    /// The domain's words; every mistake is named with its place.
    pub(super) fn parse(&self) -> Result<Members, Problem> {
        let mut mistakes = Mistakes::none();
        let said = self.said("", &mut mistakes);
        mistakes.unless_any(Some(said))
    }

    /// The same, as a part of a body.
    pub(super) fn said(&self, at: &str, mistakes: &mut Mistakes) -> Members {
        match self {
            Self::ByHand { garments } => Members::ByHand {
                garments: ids(
                    &format!("{at}/garments"),
                    (garments, Members::MAX_GARMENTS),
                    mistakes,
                ),
            },
            Self::ByRule { rule } => Members::ByRule {
                rule: Box::new(rule.said(&format!("{at}/rule"), mistakes)),
            },
        }
    }
}

/// Ids of garments.
pub(in crate::catalog) fn ids(
    at: &str,
    (garments, limit): (&[String], usize),
    mistakes: &mut Mistakes,
) -> Vec<GarmentId> {
    mistakes.list(at, (garments, limit), str::parse::<GarmentId>)
}

impl RuleBody {
    fn said(&self, at: &str, mistakes: &mut Mistakes) -> Rule {
        let most = Rule::MAX_VALUES;
        let at = |field: &str| format!("{at}/{field}");
        let price = self.price.as_ref().map(|price| {
            let currency = mistakes.note(at("price/currency"), Currency::parse(&price.currency));
            currency.map(|currency| PriceRange {
                from_minor: price.from_minor,
                to_minor: price.to_minor,
                currency,
            })
        });
        let since = self.published_since.as_deref();
        let published_since = mistakes.optional(&at("published_since"), since, Moment::parse);
        let label = |text: &str| Label::parse(text);
        let attributes = mistakes.entries(
            &at("attributes"),
            (&self.attributes, Rule::MAX_ATTRIBUTES),
            AttributeName::parse,
            |mistakes, at, values: &Vec<String>| Some(mistakes.list(at, (values, most), label)),
        );
        Rule {
            categories: mistakes.list(
                &at("categories"),
                (&self.categories, most),
                str::parse::<Category>,
            ),
            category_paths: mistakes.list(
                &at("category_paths"),
                (&self.category_paths, most),
                CategoryPath::parse,
            ),
            brands: mistakes.list(&at("brands"), (&self.brands, most), label),
            colours: mistakes.list(&at("colours"), (&self.colours, most), Slug::parse),
            materials: mistakes.list(&at("materials"), (&self.materials, most), label),
            seasons: mistakes.list(&at("seasons"), (&self.seasons, most), label),
            attributes,
            price: price.flatten(),
            published_since,
            sort: match self.sort {
                RuleSortBody::Newest => RuleSort::Newest,
                RuleSortBody::Cheapest => RuleSort::Cheapest,
                RuleSortBody::Dearest => RuleSort::Dearest,
                RuleSortBody::Popular => RuleSort::Popular,
            },
        }
    }
}
