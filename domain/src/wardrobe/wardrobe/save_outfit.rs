//! Write garments down that go together.

use super::{Outfit, Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::OutfitId};

/// Write garments down that go together, as a new outfit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveOutfit {
    /// Its id.
    pub outfit: OutfitId,
    /// What it is.
    pub is: Outfit,
}

rejections! {
    /// Why an outfit is not saved.
    SaveOutfitRejection {
        AlreadySaved => "outfit-already-saved", Conflict, "another outfit has this id already";
        TooMany => "outfits-exceeded", Conflict, "a wardrobe has at most 200 outfits";
        GarmentsUnsound => "outfit-garments-invalid", Invalid, "an outfit has 1 to 12 garments, each of them once";
    }
}

impl Decide<Wardrobe> for SaveOutfit {
    type Rejection = SaveOutfitRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, SaveOutfitRejection> {
        if !self.is.garments_are_sound() {
            return Err(SaveOutfitRejection::GarmentsUnsound);
        }
        match wardrobe.contents.outfit(self.outfit) {
            Some(saved) if saved.is == self.is => return Ok(vec![]),
            Some(_) => return Err(SaveOutfitRejection::AlreadySaved),
            None => {}
        }
        if wardrobe.contents.outfits.len() >= Wardrobe::MAX_OUTFITS {
            return Err(SaveOutfitRejection::TooMany);
        }
        Ok(vec![WardrobeEvent::OutfitSaved {
            outfit: self.outfit,
            is: self.is.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    use super::*;
    use crate::shared::GarmentId;

    fn save(number: u128, is: Outfit) -> SaveOutfit {
        SaveOutfit {
            outfit: OutfitId::new(Uuid::from_u128(number)),
            is,
        }
    }

    fn saved(number: u128) -> WardrobeEvent {
        let SaveOutfit { outfit, is } = save(number, Outfit::sample());
        WardrobeEvent::OutfitSaved { outfit, is }
    }

    fn of(garments: impl IntoIterator<Item = u128>) -> Outfit {
        let garments = garments.into_iter().map(Uuid::from_u128);
        Outfit {
            garments: garments.map(GarmentId::new).collect(),
            ..Outfit::sample()
        }
    }

    #[test]
    fn an_outfit_is_saved_once() {
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(save(4, Outfit::sample()).into())
            .then_expect_events(vec![saved(4)]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved(4)])
            .when(save(4, Outfit::sample()).into())
            .then_expect_events(vec![]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved(4)])
            .when(save(4, of([8])).into())
            .then_expect_error(SaveOutfitRejection::AlreadySaved.into());
    }

    #[test]
    fn an_outfit_has_some_garments_each_once() {
        for wrong in [of([]), of([1, 1]), of(0..13)] {
            TestFramework::<Wardrobe>::with(())
                .given_no_previous_events()
                .when(save(4, wrong).into())
                .then_expect_error(SaveOutfitRejection::GarmentsUnsound.into());
        }
    }

    #[test]
    fn two_hundred_outfits_are_saved_and_no_more() {
        TestFramework::<Wardrobe>::with(())
            .given((0..200).map(saved).collect())
            .when(save(200, Outfit::sample()).into())
            .then_expect_error(SaveOutfitRejection::TooMany.into());
    }
}
