//! Everything that can happen to a garment. Append-only: `docs/events.md` says how an event may change.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    decision::event_versions,
    shared::{
        AttributeName, Category, CategoryPath, Colour, Description, GarmentName, Label, Language,
        Moment, Money, PictureId, Size, Sku, Slug,
    },
};

/// The words of a garment in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LocalText {
    /// What it is called there.
    pub name: GarmentName,
    /// What is said about it there.
    pub description: Description,
}

/// What a merchandiser says about a garment: one style in one colour. What came later than the first events is optional.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GarmentDetails {
    /// What it is called.
    pub name: GarmentName,
    /// The readable part of its address.
    pub slug: Slug,
    /// Where on the body it goes.
    pub category: Category,
    /// The colour that shoppers see.
    pub colour: Colour,
    /// The sizes on sale, in the order of the label; at most 32, each once.
    pub sizes: Vec<Size>,
    /// What is said about it, in English.
    pub description: Description,
    /// The style of which this is one colourway: those of one style name the same. Without it, it is a style of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Slug>,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Label>,
    /// What it is mainly made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<Label>,
    /// How it fits: `regular`, `oversized`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<Label>,
    /// When it is worn: `Summer 2026`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season: Option<Label>,
    /// Where in the shop's tree of categories it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category_path: Option<CategoryPath>,
    /// Whatever else shoppers filter by, at most 32.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<AttributeName, Label>,
    /// The codes of its sizes, each once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skus: BTreeMap<Size, Sku>,
    /// Its words in other languages, at most 16.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<Language, LocalText>,
}

/// What is wrong with details whose parts are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsound {
    Sizes,
    Skus,
    TooMuch,
}

impl GarmentDetails {
    /// The most sizes that a garment may come in.
    pub const MAX_SIZES: usize = 32;
    /// The most attributes that a garment may have.
    pub const MAX_ATTRIBUTES: usize = 32;
    /// The most languages in which a garment is described beside English.
    pub const MAX_LANGUAGES: usize = 16;

    pub(super) fn check(&self) -> Result<(), Unsound> {
        let mut seen = HashSet::new();
        if self.sizes.len() > Self::MAX_SIZES || !self.sizes.iter().all(|size| seen.insert(size)) {
            return Err(Unsound::Sizes);
        }
        let mut codes = HashSet::new();
        if !self
            .skus
            .iter()
            .all(|(size, sku)| seen.contains(size) && codes.insert(sku))
        {
            return Err(Unsound::Skus);
        }
        if self.attributes.len() > Self::MAX_ATTRIBUTES || self.texts.len() > Self::MAX_LANGUAGES {
            return Err(Unsound::TooMuch);
        }
        Ok(())
    }

    /// The style of which it is a colourway: the one that is named, else its own.
    pub fn style(&self) -> &Slug {
        self.style.as_ref().unwrap_or(&self.slug)
    }
}

/// What happened to a garment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum GarmentEvent {
    /// It came into the catalogue, as a draft.
    GarmentAdded {
        /// What was said about it.
        details: GarmentDetails,
        /// What it costs.
        price: Money,
    },
    /// What is said about it was replaced.
    GarmentRevised {
        /// What is said from now on.
        details: GarmentDetails,
    },
    /// It costs something else from now on.
    PriceChanged {
        /// The new price.
        price: Money,
    },
    /// One of its sizes costs something else than the others from now on.
    SizePriceChanged {
        /// Which size.
        size: Size,
        /// What it costs; without, it costs what the others do.
        #[serde(default)]
        price: Option<Money>,
    },
    /// Whoever buys by a price list pays something else from now on.
    ListPriceChanged {
        /// Which list: `wholesale`, `ch`.
        list: Slug,
        /// What it costs there; without, it costs there what it does elsewhere.
        #[serde(default)]
        price: Option<Money>,
    },
    /// It is to be published at a time.
    PublicationScheduled {
        /// When.
        at: Moment,
    },
    /// It stays a draft until somebody publishes it.
    PublicationUnscheduled {},
    /// It is shown, and tried on, by this picture from now on.
    PictureAttached {
        /// The picture.
        picture: PictureId,
    },
    /// Shoppers see it from now on.
    GarmentPublished {},
    /// It went off sale for good.
    GarmentRetired {},
}

event_versions! {
    GarmentEvent {
        GarmentAdded => "1",
        GarmentRevised => "1",
        PriceChanged => "1",
        SizePriceChanged => "1",
        ListPriceChanged => "1",
        PublicationScheduled => "1",
        PublicationUnscheduled => "1",
        PictureAttached => "1",
        GarmentPublished => "1",
        GarmentRetired => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl GarmentDetails {
    /// A linen shirt.
    pub fn sample() -> Self {
        Self {
            name: GarmentName::parse("Linen shirt").unwrap(),
            slug: Slug::parse("linen-shirt").unwrap(),
            category: Category::Tops,
            colour: Colour::parse("Sand", "#d8c9a8").unwrap(),
            sizes: ["S", "M", "L"]
                .iter()
                .map(|size| Size::parse(size).unwrap())
                .collect(),
            description: Description::parse("Washed linen, cut straight.").unwrap(),
            style: None,
            brand: None,
            material: None,
            fit: None,
            season: None,
            category_path: None,
            attributes: BTreeMap::new(),
            skus: BTreeMap::new(),
            texts: BTreeMap::new(),
        }
    }

    /// The same shirt with everything said about it that can be.
    pub fn full_sample() -> Self {
        let label = |text| Label::parse(text).ok();
        let german = LocalText {
            name: GarmentName::parse("Leinenhemd").unwrap(),
            description: Description::parse("Gewaschenes Leinen, gerade geschnitten.").unwrap(),
        };
        Self {
            style: Slug::parse("linen-shirt").ok(),
            brand: label("Meadow"),
            material: label("Linen"),
            fit: label("regular"),
            season: label("Summer 2026"),
            category_path: CategoryPath::parse("women/tops/shirts").ok(),
            attributes: BTreeMap::from([(
                AttributeName::parse("collar").unwrap(),
                Label::parse("kent").unwrap(),
            )]),
            skus: BTreeMap::from([(Size::parse("M").unwrap(), Sku::parse("LS-SAND-M").unwrap())]),
            texts: BTreeMap::from([(Language::parse("de").unwrap(), german)]),
            ..Self::sample()
        }
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl GarmentEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        let price = Money {
            minor: 4_990,
            currency: crate::shared::Currency::EUR,
        };
        vec![
            Self::GarmentAdded {
                details: GarmentDetails::sample(),
                price,
            },
            Self::GarmentRevised {
                details: GarmentDetails::sample(),
            },
            Self::PriceChanged { price },
            Self::SizePriceChanged {
                size: Size::parse("L").unwrap(),
                price: Some(price),
            },
            Self::ListPriceChanged {
                list: Slug::parse("wholesale").unwrap(),
                price: Some(price),
            },
            Self::PublicationScheduled {
                at: Moment::parse("2026-07-01T08:00:00Z").unwrap(),
            },
            Self::PublicationUnscheduled {},
            Self::PictureAttached {
                picture: PictureId::new(uuid::Uuid::from_u128(7)),
            },
            Self::GarmentPublished {},
            Self::GarmentRetired {},
        ]
    }
}
