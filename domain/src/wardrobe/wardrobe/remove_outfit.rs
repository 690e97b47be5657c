//! Take an outfit out, and end its link.

use super::{Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::OutfitId};

/// Take an outfit out, and end its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveOutfit {
    /// Which outfit.
    pub outfit: OutfitId,
}

rejections! {
    /// Why nothing is removed.
    RemoveOutfitRejection {
        NoWardrobe => "wardrobe-empty", NotFound, "there is nothing in this wardrobe";
    }
}

impl Decide<Wardrobe> for RemoveOutfit {
    type Rejection = RemoveOutfitRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, RemoveOutfitRejection> {
        if !wardrobe.begun {
            return Err(RemoveOutfitRejection::NoWardrobe);
        }
        if wardrobe.contents.outfit(self.outfit).is_none() {
            return Ok(vec![]);
        }
        Ok(vec![WardrobeEvent::OutfitRemoved {
            outfit: self.outfit,
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    #[test]
    fn an_outfit_is_removed_once() {
        let remove = || RemoveOutfit {
            outfit: OutfitId::new(uuid::Uuid::from_u128(4)),
        };
        let samples = WardrobeEvent::samples();
        let (saved, removed) = (samples[4].clone(), samples[7].clone());
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved.clone()])
            .when(remove().into())
            .then_expect_events(vec![removed.clone()]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved, removed])
            .when(remove().into())
            .then_expect_events(vec![]);
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(remove().into())
            .then_expect_error(RemoveOutfitRejection::NoWardrobe.into());
    }
}
