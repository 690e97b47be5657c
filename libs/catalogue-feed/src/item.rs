//! One garment as a file tells of it.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One garment in one colour, with its sizes. Its JSON is a line of our own JSONL.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// Our id, where the file knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the colours of one style have in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// What it is called.
    pub name: String,
    /// The readable part of its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Who makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Where on the body it goes: `tops`, `bottoms`, `dresses`, `outerwear`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Where in the shop's menu it is: slugs with `/` between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_path: Option<String>,
    /// Its colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
    /// What it is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// How it is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// Which season it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<String>,
    /// What else is said, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What is said about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Name and description in other languages.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, LocalText>,
    /// What it costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What it costs by price lists.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub list_prices: BTreeMap<String, Price>,
    /// The sizes, in the order of the label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeEntry>,
    /// Names, ids or addresses of its pictures, the first one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<String>,
    /// How far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// When a draft is to be published: `2026-07-01T08:00:00Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_at: Option<String>,
}

/// A colour as shoppers name it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Colour {
    /// Its name.
    pub name: String,
    /// `#rrggbb`, where the file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
}

/// A price in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Cents for EUR, yen for JPY.
    pub minor: u32,
    /// ISO 4217.
    pub currency: String,
}

/// Words in another language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LocalText {
    /// What it is called there.
    pub name: String,
    /// What is said about it there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// One size of a garment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SizeEntry {
    /// The size as the label says it.
    pub size: String,
    /// The stock-keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// What it costs, where that is not what the garment costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// How many there are, where the file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
}

/// How far a garment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Only merchandisers see it.
    Draft,
    /// Shoppers see it.
    Published,
    /// Off sale for good.
    Retired,
}

/// The text is no status.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a status is one of draft, published, retired")]
pub struct UnknownStatus;

impl Status {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        [Self::Draft, Self::Published, Self::Retired]
            .into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnknownStatus)
    }
}

impl Item {
    /// Takes from the other what is not said here: a colour's rows leave out what the style's first row said.
    pub(crate) fn inherit(&mut self, from: &Self) {
        let fill = |mine: &mut Option<String>, theirs: &Option<String>| {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        };
        fill(&mut self.style, &from.style);
        fill(&mut self.brand, &from.brand);
        fill(&mut self.category, &from.category);
        fill(&mut self.category_path, &from.category_path);
        fill(&mut self.material, &from.material);
        fill(&mut self.fit, &from.fit);
        fill(&mut self.season, &from.season);
        for (mine, theirs) in [
            (&mut self.name, &from.name),
            (&mut self.description, &from.description),
        ] {
            if mine.is_empty() {
                mine.clone_from(theirs);
            }
        }
        if self.attributes.is_empty() {
            self.attributes.clone_from(&from.attributes);
        }
        if self.texts.is_empty() {
            self.texts.clone_from(&from.texts);
        }
        if self.price.is_none() {
            self.price.clone_from(&from.price);
        }
        if self.list_prices.is_empty() {
            self.list_prices.clone_from(&from.list_prices);
        }
        fill(&mut self.publish_at, &from.publish_at);
        self.status = self.status.or(from.status);
    }
}
