//! Sell a garment for another price by a price list.

use super::{Garment, GarmentEvent, GarmentStatus};
use crate::{
    decision::Decide,
    rejection::rejections,
    shared::{Money, Slug},
};

/// By so many lists a garment may have prices.
pub(super) const MAX_LISTS: usize = 64;

/// Sell a garment for another price by a price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeListPrice {
    /// Which list.
    pub list: Slug,
    /// Its price; without, it costs what it does elsewhere.
    pub price: Option<Money>,
}

rejections! {
    /// Why the price is not changed.
    ChangeListPriceRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
        TooMany => "garment-lists-exhausted", Conflict, "a garment has prices by at most 64 lists; take one away first";
    }
}

impl Decide<Garment> for ChangeListPrice {
    type Rejection = ChangeListPriceRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, ChangeListPriceRejection> {
        match garment.status {
            GarmentStatus::Unknown => return Err(ChangeListPriceRejection::NotInCatalogue),
            GarmentStatus::Retired => return Err(ChangeListPriceRejection::Retired),
            GarmentStatus::Draft | GarmentStatus::Published => {}
        }
        let lists = &garment.list_prices;
        if self.price.is_some() && !lists.contains_key(&self.list) && lists.len() >= MAX_LISTS {
            return Err(ChangeListPriceRejection::TooMany);
        }
        if garment.list_prices.get(&self.list) == self.price.as_ref() {
            return Ok(vec![]);
        }
        Ok(vec![GarmentEvent::ListPriceChanged {
            list: self.list.clone(),
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

    fn change(minor: Option<u32>) -> ChangeListPrice {
        ChangeListPrice {
            list: Slug::parse("wholesale").unwrap(),
            price: minor.map(|minor| Money {
                minor,
                currency: Currency::EUR,
            }),
        }
    }

    fn changed(minor: Option<u32>) -> GarmentEvent {
        let ChangeListPrice { list, price } = change(minor);
        GarmentEvent::ListPriceChanged { list, price }
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
    fn the_number_of_lists_is_bounded() {
        let mut events = vec![added()];
        let price = change(Some(1)).price;
        events.extend((0..MAX_LISTS).map(|number| GarmentEvent::ListPriceChanged {
            list: Slug::parse(&format!("list-{number}")).unwrap(),
            price,
        }));
        TestFramework::<Garment>::with(())
            .given(events)
            .when(change(Some(2)).into())
            .then_expect_error(ChangeListPriceRejection::TooMany.into());
    }
}
