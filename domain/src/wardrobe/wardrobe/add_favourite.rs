//! Like a garment.

use super::{Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::GarmentId};

/// Like a garment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddFavourite {
    /// Which one.
    pub garment: GarmentId,
}

rejections! {
    /// Why a garment is not liked.
    AddFavouriteRejection {
        TooMany => "favourites-exceeded", Conflict, "a wardrobe has at most 1,000 favourites";
    }
}

impl Decide<Wardrobe> for AddFavourite {
    type Rejection = AddFavouriteRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, AddFavouriteRejection> {
        let liked = &wardrobe.contents.favourites;
        if liked.contains(&self.garment) {
            return Ok(vec![]);
        }
        if liked.len() >= Wardrobe::MAX_FAVOURITES {
            return Err(AddFavouriteRejection::TooMany);
        }
        Ok(vec![WardrobeEvent::FavouriteAdded {
            garment: self.garment,
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    use super::*;

    fn add(number: u128) -> AddFavourite {
        AddFavourite {
            garment: GarmentId::new(Uuid::from_u128(number)),
        }
    }

    fn added(number: u128) -> WardrobeEvent {
        WardrobeEvent::FavouriteAdded {
            garment: add(number).garment,
        }
    }

    #[test]
    fn a_garment_is_liked_once() {
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(add(1).into())
            .then_expect_events(vec![added(1)]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![added(1)])
            .when(add(1).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_thousand_are_liked_and_no_more() {
        let full: Vec<_> = (0..1_000).map(added).collect();
        TestFramework::<Wardrobe>::with(())
            .given(full.clone())
            .when(add(1_000).into())
            .then_expect_error(AddFavouriteRejection::TooMany.into());
        TestFramework::<Wardrobe>::with(())
            .given(full)
            .when(add(999).into())
            .then_expect_events(vec![]);
    }
}
