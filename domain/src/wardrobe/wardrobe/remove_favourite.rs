//! Like a garment no longer.

use super::{Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::GarmentId};

/// Like a garment no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveFavourite {
    /// Which one.
    pub garment: GarmentId,
}

rejections! {
    /// Why nothing is removed.
    RemoveFavouriteRejection {
        NoWardrobe => "wardrobe-empty", NotFound, "there is nothing in this wardrobe";
    }
}

impl Decide<Wardrobe> for RemoveFavourite {
    type Rejection = RemoveFavouriteRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, RemoveFavouriteRejection> {
        if !wardrobe.begun {
            return Err(RemoveFavouriteRejection::NoWardrobe);
        }
        if !wardrobe.contents.favourites.contains(&self.garment) {
            return Ok(vec![]);
        }
        Ok(vec![WardrobeEvent::FavouriteRemoved {
            garment: self.garment,
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn remove() -> RemoveFavourite {
        RemoveFavourite {
            garment: GarmentId::new(uuid::Uuid::from_u128(1)),
        }
    }

    #[test]
    fn a_favourite_is_removed_once() {
        let mut samples = WardrobeEvent::samples();
        samples.truncate(2);
        let removed = samples[1].clone();
        TestFramework::<Wardrobe>::with(())
            .given(vec![samples[0].clone()])
            .when(remove().into())
            .then_expect_events(vec![removed]);
        TestFramework::<Wardrobe>::with(())
            .given(samples)
            .when(remove().into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn nothing_is_removed_from_a_wardrobe_that_never_was() {
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(remove().into())
            .then_expect_error(RemoveFavouriteRejection::NoWardrobe.into());
    }
}
