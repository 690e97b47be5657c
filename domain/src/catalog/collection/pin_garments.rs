//! Say which garments come first in a collection.

use super::{Collection, CollectionEvent, members::are_distinct};
use crate::{decision::Decide, rejection::rejections, shared::GarmentId};

/// Say which garments come first in a collection, whatever its order is. One that is not in the collection stays without effect
/// until it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinGarments {
    /// Which ones, in this order; none takes back what was pinned.
    pub garments: Vec<GarmentId>,
}

rejections! {
    /// Why garments are not pinned.
    PinGarmentsRejection {
        NotThere => "collection-not-found", NotFound, "there is no such collection";
        GarmentsUnsound => "collection-garments-invalid", Invalid, "pin at most 24 garments, each of them once";
    }
}

impl Decide<Collection> for PinGarments {
    type Rejection = PinGarmentsRejection;

    fn decide(
        &self,
        collection: &Collection,
    ) -> Result<Vec<CollectionEvent>, PinGarmentsRejection> {
        if !collection.is_there() {
            return Err(PinGarmentsRejection::NotThere);
        }
        if !are_distinct(&self.garments, Collection::MAX_PINNED) {
            return Err(PinGarmentsRejection::GarmentsUnsound);
        }
        if collection.pinned == self.garments {
            return Ok(vec![]);
        }
        Ok(vec![CollectionEvent::CollectionGarmentsPinned {
            garments: self.garments.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn pin(numbers: impl IntoIterator<Item = u128>) -> PinGarments {
        let id = |number| GarmentId::new(uuid::Uuid::from_u128(number));
        PinGarments {
            garments: numbers.into_iter().map(id).collect(),
        }
    }

    fn pinned(numbers: impl IntoIterator<Item = u128>) -> CollectionEvent {
        CollectionEvent::CollectionGarmentsPinned {
            garments: pin(numbers).garments,
        }
    }

    #[test]
    fn pins_replace_each_other_and_are_taken_back() {
        let added = || CollectionEvent::samples().swap_remove(0);
        TestFramework::<Collection>::with(())
            .given(vec![added(), pinned([2])])
            .when(pin([3, 2]).into())
            .then_expect_events(vec![pinned([3, 2])]);
        TestFramework::<Collection>::with(())
            .given(vec![added(), pinned([2])])
            .when(pin([]).into())
            .then_expect_events(vec![pinned([])]);
        TestFramework::<Collection>::with(())
            .given(vec![added()])
            .when(pin([]).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn pins_are_few_and_of_a_collection_that_is_there() {
        let added = || CollectionEvent::samples().swap_remove(0);
        for wrong in [pin([1, 1]), pin(0..25)] {
            TestFramework::<Collection>::with(())
                .given(vec![added()])
                .when(wrong.into())
                .then_expect_error(PinGarmentsRejection::GarmentsUnsound.into());
        }
        TestFramework::<Collection>::with(())
            .given_no_previous_events()
            .when(pin([1]).into())
            .then_expect_error(PinGarmentsRejection::NotThere.into());
    }
}
