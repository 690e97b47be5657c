//! Take a garment off sale for good.

use super::{Garment, GarmentEvent, GarmentStatus};
use crate::{decision::Decide, rejection::rejections};

/// Take a garment off sale for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetireGarment {}

rejections! {
    /// Why a garment is not retired.
    RetireGarmentRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
    }
}

impl Decide<Garment> for RetireGarment {
    type Rejection = RetireGarmentRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, RetireGarmentRejection> {
        match garment.status {
            GarmentStatus::Unknown => Err(RetireGarmentRejection::NotInCatalogue),
            GarmentStatus::Retired => Ok(vec![]),
            GarmentStatus::Draft | GarmentStatus::Published => {
                Ok(vec![GarmentEvent::GarmentRetired {}])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn added() -> GarmentEvent {
        GarmentEvent::samples().swap_remove(0)
    }

    #[test]
    fn a_garment_is_retired_once() {
        let retired = GarmentEvent::GarmentRetired {};
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(RetireGarment {}.into())
            .then_expect_events(vec![retired.clone()]);
        TestFramework::<Garment>::with(())
            .given(vec![added(), retired])
            .when(RetireGarment {}.into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_unknown_garment_is_not_retired() {
        TestFramework::<Garment>::with(())
            .given_no_previous_events()
            .when(RetireGarment {}.into())
            .then_expect_error(RetireGarmentRejection::NotInCatalogue.into());
    }
}
