//! What a decision about a search needs to remember, and no more.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{PinSearch, PinSearchRejection, SearchEvent};
use crate::{
    decision::commands,
    shared::{GarmentId, SearchWords},
};

/// The namespace of ids that come from words. Never changes: a search is known again by it.
const NAMESPACE: Uuid = Uuid::from_u128(0x6472_6170_652d_7365_6172_6368_2d76_0001);

/// What a search for some words shows first, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PinnedSearch {
    pub(super) garments: Vec<GarmentId>,
    /// Whether anything was ever pinned to it.
    pub(super) begun: bool,
}

impl PinnedSearch {
    /// The most garments that are pinned.
    pub const MAX_PINNED: usize = 24;

    /// The id of the search for these words.
    pub fn id_of(words: &SearchWords) -> Uuid {
        Uuid::new_v5(&NAMESPACE, words.as_str().as_bytes())
    }

    pub(super) fn evolve(&mut self, event: SearchEvent) {
        self.begun = true;
        match event {
            SearchEvent::SearchPinned { garments, .. } => self.garments = garments,
        }
    }
}

commands! {
    PinnedSearch: "catalog.search", SearchEvent;
    SearchCommand, SearchRejection {
        PinSearch or PinSearchRejection,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_has_the_same_id_for_ever() {
        let id = |text| PinnedSearch::id_of(&SearchWords::parse(text).unwrap());
        assert_eq!(id("linen shirt"), id("Linen-Shirt"));
        assert_ne!(id("linen shirt"), id("shirt linen"));
        let frozen = "d0b4367e-98ce-5388-9717-ea6e8aeb9e82";
        assert_eq!(id("linen shirt").to_string(), frozen);
    }
}
