//! Own a garment no longer.

use super::{Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::GarmentId};

/// Own a garment no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisownGarment {
    /// Which one.
    pub garment: GarmentId,
}

rejections! {
    /// Why nothing is removed.
    DisownGarmentRejection {
        NoWardrobe => "wardrobe-empty", NotFound, "there is nothing in this wardrobe";
    }
}

impl Decide<Wardrobe> for DisownGarment {
    type Rejection = DisownGarmentRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, DisownGarmentRejection> {
        if !wardrobe.begun {
            return Err(DisownGarmentRejection::NoWardrobe);
        }
        let mut owned = wardrobe.contents.owned.iter();
        if !owned.any(|owned| owned.garment == self.garment) {
            return Ok(vec![]);
        }
        Ok(vec![WardrobeEvent::GarmentDisowned {
            garment: self.garment,
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn disown() -> DisownGarment {
        DisownGarment {
            garment: GarmentId::new(uuid::Uuid::from_u128(1)),
        }
    }

    #[test]
    fn a_garment_is_disowned_once() {
        let samples = WardrobeEvent::samples();
        let (owned, disowned) = (samples[2].clone(), samples[3].clone());
        TestFramework::<Wardrobe>::with(())
            .given(vec![owned.clone()])
            .when(disown().into())
            .then_expect_events(vec![disowned.clone()]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![owned, disowned])
            .when(disown().into())
            .then_expect_events(vec![]);
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(disown().into())
            .then_expect_error(DisownGarmentRejection::NoWardrobe.into());
    }
}
