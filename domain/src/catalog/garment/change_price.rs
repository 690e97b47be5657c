//! Sell a garment for another price from now on.

use super::{Garment, GarmentEvent, GarmentStatus};
use crate::{decision::Decide, rejection::rejections, shared::Money};

/// Sell a garment for another price from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePrice {
    /// The new price.
    pub price: Money,
}

rejections! {
    /// Why a price is not changed.
    ChangePriceRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
    }
}

impl Decide<Garment> for ChangePrice {
    type Rejection = ChangePriceRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, ChangePriceRejection> {
        match garment.status {
            GarmentStatus::Unknown => Err(ChangePriceRejection::NotInCatalogue),
            GarmentStatus::Retired => Err(ChangePriceRejection::Retired),
            GarmentStatus::Draft | GarmentStatus::Published
                if garment.price == Some(self.price) =>
            {
                Ok(vec![])
            }
            GarmentStatus::Draft | GarmentStatus::Published => {
                Ok(vec![GarmentEvent::PriceChanged { price: self.price }])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::Currency;

    fn added() -> GarmentEvent {
        GarmentEvent::samples().swap_remove(0)
    }

    fn price(minor: u32) -> ChangePrice {
        ChangePrice {
            price: Money {
                minor,
                currency: Currency::EUR,
            },
        }
    }

    #[test]
    fn a_new_price_is_recorded() {
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(price(3_990).into())
            .then_expect_events(vec![GarmentEvent::PriceChanged {
                price: price(3_990).price,
            }]);
    }

    #[test]
    fn the_same_price_changes_nothing() {
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(price(4_990).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_unknown_garment_has_no_price() {
        TestFramework::<Garment>::with(())
            .given_no_previous_events()
            .when(price(1).into())
            .then_expect_error(ChangePriceRejection::NotInCatalogue.into());
    }

    #[test]
    fn a_retired_garment_has_no_price() {
        TestFramework::<Garment>::with(())
            .given(vec![added(), GarmentEvent::GarmentRetired {}])
            .when(price(1).into())
            .then_expect_error(ChangePriceRejection::Retired.into());
    }
}
