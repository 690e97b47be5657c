//! Replace what an outfit is.

use super::{Outfit, Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::OutfitId};

/// Replace what an outfit is. Its link stays; a picture that is no longer the outfit's is no longer shown by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviseOutfit {
    /// Which outfit.
    pub outfit: OutfitId,
    /// What it is from now on.
    pub is: Outfit,
}

rejections! {
    /// Why an outfit is not revised.
    ReviseOutfitRejection {
        NotSaved => "outfit-not-found", NotFound, "there is no such outfit";
        GarmentsUnsound => "outfit-garments-invalid", Invalid, "an outfit has 1 to 12 garments, each of them once";
    }
}

impl Decide<Wardrobe> for ReviseOutfit {
    type Rejection = ReviseOutfitRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, ReviseOutfitRejection> {
        if !self.is.garments_are_sound() {
            return Err(ReviseOutfitRejection::GarmentsUnsound);
        }
        match wardrobe.contents.outfit(self.outfit) {
            None => Err(ReviseOutfitRejection::NotSaved),
            Some(saved) if saved.is == self.is => Ok(vec![]),
            Some(_) => Ok(vec![WardrobeEvent::OutfitSaved {
                outfit: self.outfit,
                is: self.is.clone(),
            }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::{Aggregate, test::TestFramework};

    use super::*;

    fn revise(is: Outfit) -> ReviseOutfit {
        ReviseOutfit {
            outfit: OutfitId::new(uuid::Uuid::from_u128(4)),
            is,
        }
    }

    fn renamed() -> Outfit {
        Outfit {
            name: "Office".to_owned().try_into().unwrap(),
            ..Outfit::sample()
        }
    }

    #[test]
    fn an_outfit_that_was_saved_is_revised() {
        let saved = WardrobeEvent::samples().swap_remove(4);
        let ReviseOutfit { outfit, is } = revise(renamed());
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved.clone()])
            .when(revise(renamed()).into())
            .then_expect_events(vec![WardrobeEvent::OutfitSaved { outfit, is }]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved.clone()])
            .when(revise(Outfit::sample()).into())
            .then_expect_events(vec![]);
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(revise(renamed()).into())
            .then_expect_error(ReviseOutfitRejection::NotSaved.into());
        let none = Outfit {
            garments: vec![],
            ..renamed()
        };
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved])
            .when(revise(none).into())
            .then_expect_error(ReviseOutfitRejection::GarmentsUnsound.into());
    }

    #[test]
    fn another_picture_is_not_shared_by_an_old_link() {
        let outfit = revise(renamed()).outfit;
        let after = |is: Outfit| {
            let mut wardrobe = Wardrobe::default();
            let samples = WardrobeEvent::samples();
            for event in [samples[4].clone(), samples[5].clone()] {
                wardrobe.apply(event);
            }
            wardrobe.apply(WardrobeEvent::OutfitSaved { outfit, is });
            let saved = wardrobe.contents().outfit(outfit).unwrap();
            saved.share.clone().unwrap().picture
        };
        assert!(after(renamed()).is_some());
        let mut other = renamed();
        other.try_on.as_mut().unwrap().picture = crate::shared::PictureId::new(uuid::Uuid::nil());
        assert_eq!(after(other), None);
        let without = Outfit {
            try_on: None,
            ..renamed()
        };
        assert_eq!(after(without), None);
    }
}
