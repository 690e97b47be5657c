//! Everything that can happen to what a search shows first. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    decision::event_versions,
    shared::{GarmentId, SearchWords},
};

/// What happened to a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum SearchEvent {
    /// Garments that come first where somebody looks for these words.
    SearchPinned {
        /// Which words.
        words: SearchWords,
        /// Which garments, in this order; none takes back what was pinned.
        garments: Vec<GarmentId>,
    },
}

event_versions! {
    SearchEvent {
        SearchPinned => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl SearchEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        vec![Self::SearchPinned {
            words: SearchWords::parse("linen shirt").unwrap(),
            garments: vec![GarmentId::new(uuid::Uuid::from_u128(1))],
        }]
    }
}
