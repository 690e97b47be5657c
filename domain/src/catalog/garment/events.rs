//! Everything that can happen to a garment. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    decision::event_versions,
    shared::{Category, Colour, Description, GarmentName, Money, PictureId, Size, Slug},
};

/// What a merchandiser says about a garment.
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
    /// What is said about it.
    pub description: Description,
}

impl GarmentDetails {
    /// The most sizes that a garment may come in.
    pub const MAX_SIZES: usize = 32;

    pub(super) fn sizes_are_sound(&self) -> bool {
        let mut seen = std::collections::HashSet::new();
        self.sizes.len() <= Self::MAX_SIZES && self.sizes.iter().all(|size| seen.insert(size))
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
        }
    }
}

#[cfg(feature = "testing")]
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
            Self::PictureAttached {
                picture: PictureId::new(uuid::Uuid::from_u128(7)),
            },
            Self::GarmentPublished {},
            Self::GarmentRetired {},
        ]
    }
}
