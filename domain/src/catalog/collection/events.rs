//! Everything that can happen to a collection. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CollectionDetails, Members};
use crate::{decision::event_versions, shared::GarmentId};

/// What happened to a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum CollectionEvent {
    /// It came into the shop.
    CollectionAdded {
        /// What was said about it.
        details: CollectionDetails,
        /// Which garments are in it.
        members: Members,
    },
    /// What is said about it was replaced.
    CollectionRevised {
        /// What is said from now on.
        details: CollectionDetails,
    },
    /// Other garments are in it from now on.
    CollectionMembersChosen {
        /// Which ones.
        members: Members,
    },
    /// Those of its garments that come first, whatever the order is.
    CollectionGarmentsPinned {
        /// Which ones, in this order; none takes back what was pinned.
        garments: Vec<GarmentId>,
    },
    /// It is gone; its garments are still there.
    CollectionRemoved {},
}

event_versions! {
    CollectionEvent {
        CollectionAdded => "1",
        CollectionRevised => "1",
        CollectionMembersChosen => "1",
        CollectionGarmentsPinned => "1",
        CollectionRemoved => "1",
    }
}

#[cfg(feature = "testing")]
impl CollectionEvent {
    /// One of each, as frozen in `tests/golden/`; in this order they can follow on each other.
    pub fn samples() -> Vec<Self> {
        let id = |number| GarmentId::new(uuid::Uuid::from_u128(number));
        vec![
            Self::CollectionAdded {
                details: CollectionDetails::sample(),
                members: Members::ByHand {
                    garments: vec![id(1), id(2)],
                },
            },
            Self::CollectionRevised {
                details: CollectionDetails::sample(),
            },
            Self::CollectionMembersChosen {
                members: Members::ByRule {
                    rule: Box::new(super::Rule::full_sample()),
                },
            },
            Self::CollectionGarmentsPinned {
                garments: vec![id(2)],
            },
            Self::CollectionRemoved {},
        ]
    }
}
