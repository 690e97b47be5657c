//! Sell one size of a garment for another price than the others.

use super::{Garment, GarmentEvent, GarmentStatus};
use crate::{
    decision::Decide,
    rejection::rejections,
    shared::{Money, Size},
};

/// Sell one size of a garment for another price than the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSizePrice {
    /// Which size.
    pub size: Size,
    /// Its price; without, it costs what the other sizes do.
    pub price: Option<Money>,
}

rejections! {
    /// Why the price is not changed.
    ChangeSizePriceRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
        SizeUnknown => "garment-size-unknown", Invalid, "the garment does not come in this size";
    }
}

impl Decide<Garment> for ChangeSizePrice {
    type Rejection = ChangeSizePriceRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, ChangeSizePriceRejection> {
        match garment.status {
            GarmentStatus::Unknown => return Err(ChangeSizePriceRejection::NotInCatalogue),
            GarmentStatus::Retired => return Err(ChangeSizePriceRejection::Retired),
            GarmentStatus::Draft | GarmentStatus::Published => {}
        }
        let details = garment.details.as_ref();
        let known = details.is_some_and(|details| details.sizes.contains(&self.size));
        if !known && self.price.is_some() {
            return Err(ChangeSizePriceRejection::SizeUnknown);
        }
        if garment.size_prices.get(&self.size) == self.price.as_ref() {
            return Ok(vec![]);
        }
        Ok(vec![GarmentEvent::SizePriceChanged {
            size: self.size.clone(),
            price: self.price,
        }])
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

    fn change(minor: Option<u32>) -> ChangeSizePrice {
        ChangeSizePrice {
            size: Size::parse("L").unwrap(),
            price: minor.map(|minor| Money {
                minor,
                currency: Currency::EUR,
            }),
        }
    }

    fn changed(minor: Option<u32>) -> GarmentEvent {
        let ChangeSizePrice { size, price } = change(minor);
        GarmentEvent::SizePriceChanged { size, price }
    }

    #[test]
    fn a_price_of_its_own_is_set_and_taken_away() {
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(change(Some(5_990)).into())
            .then_expect_events(vec![changed(Some(5_990))]);
        TestFramework::<Garment>::with(())
            .given(vec![added(), changed(Some(5_990))])
            .when(change(None).into())
            .then_expect_events(vec![changed(None)]);
    }

    #[test]
    fn the_same_price_changes_nothing() {
        TestFramework::<Garment>::with(())
            .given(vec![added(), changed(Some(5_990))])
            .when(change(Some(5_990)).into())
            .then_expect_events(vec![]);
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(change(None).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_size_that_there_is_not_has_no_price() {
        let mut command = change(Some(5_990));
        command.size = Size::parse("XS").unwrap();
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(command.into())
            .then_expect_error(ChangeSizePriceRejection::SizeUnknown.into());
    }
}
