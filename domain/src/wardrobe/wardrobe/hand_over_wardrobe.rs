//! Leave all that is in a wardrobe to another account.

use super::{Contents, Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::AccountId};

/// Leave all that is in a wardrobe to another account, which has taken it over by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverWardrobe {
    /// Whose it is now.
    pub to: AccountId,
    /// What was taken over: if there is more by now, nothing is left to anybody.
    pub contents: Contents,
}

rejections! {
    /// Why a wardrobe is not handed over.
    HandOverWardrobeRejection {
        Changed => "wardrobe-changed", Conflict, "this wardrobe has changed meanwhile; merge it again";
    }
}

impl Decide<Wardrobe> for HandOverWardrobe {
    type Rejection = HandOverWardrobeRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, HandOverWardrobeRejection> {
        if wardrobe.contents == Contents::default() {
            return Ok(vec![]);
        }
        if wardrobe.contents != self.contents {
            return Err(HandOverWardrobeRejection::Changed);
        }
        Ok(vec![WardrobeEvent::WardrobeHandedOver { to: self.to }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::{Aggregate, test::TestFramework};
    use uuid::Uuid;

    use super::*;

    fn hand_over(contents: Contents) -> HandOverWardrobe {
        HandOverWardrobe {
            to: AccountId::new(Uuid::from_u128(9)),
            contents,
        }
    }

    #[test]
    fn a_wardrobe_is_handed_over_as_it_was_taken() {
        let samples = WardrobeEvent::samples();
        let (saved, over) = (samples[4].clone(), samples[9].clone());
        let mut wardrobe = Wardrobe::default();
        wardrobe.apply(saved.clone());
        let contents = wardrobe.contents().clone();
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved.clone()])
            .when(hand_over(contents.clone()).into())
            .then_expect_events(vec![over.clone()]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved.clone(), over])
            .when(hand_over(contents.clone()).into())
            .then_expect_events(vec![]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved, samples[0].clone()])
            .when(hand_over(contents).into())
            .then_expect_error(HandOverWardrobeRejection::Changed.into());
    }
}
