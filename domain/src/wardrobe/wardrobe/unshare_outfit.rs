//! End the link to an outfit.

use super::{Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::OutfitId};

/// End the link to an outfit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnshareOutfit {
    /// Which outfit.
    pub outfit: OutfitId,
}

rejections! {
    /// Why a link does not end.
    UnshareOutfitRejection {
        NotSaved => "outfit-not-found", NotFound, "there is no such outfit";
    }
}

impl Decide<Wardrobe> for UnshareOutfit {
    type Rejection = UnshareOutfitRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, UnshareOutfitRejection> {
        match wardrobe.contents.outfit(self.outfit) {
            None => Err(UnshareOutfitRejection::NotSaved),
            Some(saved) if saved.share.is_none() => Ok(vec![]),
            Some(_) => Ok(vec![WardrobeEvent::OutfitUnshared {
                outfit: self.outfit,
            }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    #[test]
    fn a_link_ends_once() {
        let unshare = || UnshareOutfit {
            outfit: OutfitId::new(uuid::Uuid::from_u128(4)),
        };
        let samples = WardrobeEvent::samples();
        let [saved, shared, unshared] = [4, 5, 6].map(|at: usize| samples[at].clone());
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved.clone(), shared.clone()])
            .when(unshare().into())
            .then_expect_events(vec![unshared.clone()]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved, shared, unshared])
            .when(unshare().into())
            .then_expect_events(vec![]);
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(unshare().into())
            .then_expect_error(UnshareOutfitRejection::NotSaved.into());
    }
}
