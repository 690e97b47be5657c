//! Everything that can happen to a wardrobe. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TokenHash;
use crate::{
    decision::event_versions,
    shared::{AccountId, GarmentId, KeptName, OutfitId, PictureId, SessionId, Size},
};

/// A try-on that shows an outfit on its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TriedOn {
    /// The try-on.
    pub session: SessionId,
    /// Its result.
    pub picture: PictureId,
}

/// Garments that go together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outfit {
    /// What its owner calls it, sealed.
    pub name: KeptName,
    /// The garments; 1 to 12, each once.
    pub garments: Vec<GarmentId>,
    /// How it looks on its owner, where they tried it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub try_on: Option<TriedOn>,
}

impl Outfit {
    /// The most garments of an outfit.
    pub const MAX_GARMENTS: usize = 12;

    pub(super) fn garments_are_sound(&self) -> bool {
        let mut seen = std::collections::HashSet::new();
        (1..=Self::MAX_GARMENTS).contains(&self.garments.len())
            && self.garments.iter().all(|garment| seen.insert(garment))
    }
}

/// What happened to a wardrobe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum WardrobeEvent {
    /// A garment is liked.
    FavouriteAdded {
        /// Which one.
        garment: GarmentId,
    },
    /// A garment is no longer liked.
    FavouriteRemoved {
        /// Which one.
        garment: GarmentId,
    },
    /// A garment is owned; said again, it is owned in another size.
    GarmentOwned {
        /// Which one.
        garment: GarmentId,
        /// The size on its label, where its owner said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<Size>,
    },
    /// A garment is no longer owned.
    GarmentDisowned {
        /// Which one.
        garment: GarmentId,
    },
    /// Garments that go together were written down; said again, they replace what the outfit was.
    OutfitSaved {
        /// Which outfit.
        outfit: OutfitId,
        /// What it is from now on.
        #[serde(flatten)]
        is: Outfit,
    },
    /// An outfit is gone, and its link with it.
    OutfitRemoved {
        /// Which outfit.
        outfit: OutfitId,
    },
    /// Whoever has the link may see an outfit; a link that it had before ends.
    OutfitShared {
        /// Which outfit.
        outfit: OutfitId,
        /// SHA-256 of the link's token.
        token_sha256: TokenHash,
        /// The picture of its owner that they share with it; without one, only the garments are shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        picture: Option<PictureId>,
    },
    /// The link to an outfit has ended.
    OutfitUnshared {
        /// Which outfit.
        outfit: OutfitId,
    },
    /// What another account had was taken over; the events before this one say what that was.
    WardrobeMerged {
        /// Whose it was.
        from: AccountId,
    },
    /// All that was in it belongs to another account from now on; its links have ended.
    WardrobeHandedOver {
        /// Whose it is now.
        to: AccountId,
    },
    /// Whoever had it asked to be forgotten: nothing is in it any more, and its links have ended.
    WardrobeErased {},
}

event_versions! {
    WardrobeEvent {
        FavouriteAdded => "1",
        FavouriteRemoved => "1",
        GarmentOwned => "1",
        GarmentDisowned => "1",
        OutfitSaved => "1",
        OutfitRemoved => "1",
        OutfitShared => "1",
        OutfitUnshared => "1",
        WardrobeMerged => "1",
        WardrobeHandedOver => "1",
        WardrobeErased => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl Outfit {
    /// Two garments, tried on.
    pub fn sample() -> Self {
        let id = uuid::Uuid::from_u128;
        Self {
            name: "Office, warm days".to_owned().try_into().unwrap(),
            garments: vec![GarmentId::new(id(1)), GarmentId::new(id(2))],
            try_on: Some(TriedOn {
                session: SessionId::new(id(5)),
                picture: PictureId::new(id(7)),
            }),
        }
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl WardrobeEvent {
    /// One of each, as frozen in `tests/golden/`; in this order they can follow on each other.
    pub fn samples() -> Vec<Self> {
        let id = uuid::Uuid::from_u128;
        let garment = GarmentId::new(id(1));
        let outfit = OutfitId::new(id(4));
        vec![
            Self::FavouriteAdded { garment },
            Self::FavouriteRemoved { garment },
            Self::GarmentOwned {
                garment,
                size: Some(Size::parse("M").unwrap()),
            },
            Self::GarmentDisowned { garment },
            Self::OutfitSaved {
                outfit,
                is: Outfit::sample(),
            },
            Self::OutfitShared {
                outfit,
                token_sha256: TokenHash::parse(&"5e".repeat(32)).unwrap(),
                picture: Some(PictureId::new(id(7))),
            },
            Self::OutfitUnshared { outfit },
            Self::OutfitRemoved { outfit },
            Self::WardrobeMerged {
                from: AccountId::new(id(3)),
            },
            Self::WardrobeHandedOver {
                to: AccountId::new(id(9)),
            },
            Self::WardrobeErased {},
        ]
    }
}
