//! Say which garments a search for some words shows first.

use std::collections::HashSet;

use super::{PinnedSearch, SearchEvent};
use crate::{
    decision::Decide,
    rejection::rejections,
    shared::{GarmentId, SearchWords},
};

/// Say which garments a search for some words shows first. One that the words do not find, or that is not on sale, stays without
/// effect until they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinSearch {
    /// Which words.
    pub words: SearchWords,
    /// Which garments, in this order; none takes back what was pinned.
    pub garments: Vec<GarmentId>,
}

rejections! {
    /// Why garments are not pinned.
    PinSearchRejection {
        GarmentsUnsound => "search-garments-invalid", Invalid, "pin at most 24 garments, each of them once";
    }
}

impl Decide<PinnedSearch> for PinSearch {
    type Rejection = PinSearchRejection;

    fn decide(&self, search: &PinnedSearch) -> Result<Vec<SearchEvent>, PinSearchRejection> {
        let mut seen = HashSet::new();
        let are_distinct = self.garments.iter().all(|garment| seen.insert(garment));
        if self.garments.len() > PinnedSearch::MAX_PINNED || !are_distinct {
            return Err(PinSearchRejection::GarmentsUnsound);
        }
        // The first word about a search is one, even where it pins nothing: whoever says it is answered where that stands.
        if search.begun && search.garments == self.garments {
            return Ok(vec![]);
        }
        Ok(vec![SearchEvent::SearchPinned {
            words: self.words.clone(),
            garments: self.garments.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn pin(numbers: impl IntoIterator<Item = u128>) -> PinSearch {
        let id = |number| GarmentId::new(uuid::Uuid::from_u128(number));
        PinSearch {
            words: SearchWords::parse("linen shirt").unwrap(),
            garments: numbers.into_iter().map(id).collect(),
        }
    }

    fn pinned(numbers: impl IntoIterator<Item = u128>) -> SearchEvent {
        let PinSearch { words, garments } = pin(numbers);
        SearchEvent::SearchPinned { words, garments }
    }

    #[test]
    fn pins_replace_each_other_and_are_taken_back() {
        for (before, numbers, after) in [
            (vec![], vec![2, 1], vec![pinned([2, 1])]),
            (vec![pinned([2])], vec![3, 2], vec![pinned([3, 2])]),
            (vec![pinned([2])], vec![2], vec![]),
            (vec![pinned([2])], vec![], vec![pinned([])]),
            (vec![], vec![], vec![pinned([])]),
            (vec![pinned([])], vec![], vec![]),
        ] {
            TestFramework::<PinnedSearch>::with(())
                .given(before)
                .when(pin(numbers).into())
                .then_expect_events(after);
        }
    }

    #[test]
    fn pins_are_few_and_each_is_named_once() {
        for wrong in [pin([1, 1]), pin(0..25)] {
            TestFramework::<PinnedSearch>::with(())
                .given_no_previous_events()
                .when(wrong.into())
                .then_expect_error(PinSearchRejection::GarmentsUnsound.into());
        }
    }
}
