//! Say about a garment again what was said at an earlier time.

use std::collections::BTreeMap;

use super::{Garment, GarmentDetails, GarmentEvent, GarmentStatus};
use crate::{
    decision::Decide,
    rejection::rejections,
    shared::{Money, PictureId, Size, Slug},
};

/// Say about a garment again what was said at an earlier time. Whether it is on sale stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreGarment {
    /// What was said then.
    pub details: GarmentDetails,
    /// What it cost then.
    pub price: Money,
    /// The picture that it had then; without one, the picture of today stays.
    pub picture: Option<PictureId>,
    /// Sizes that cost something else then.
    pub size_prices: BTreeMap<Size, Money>,
    /// What it cost by price lists then.
    pub list_prices: BTreeMap<Slug, Money>,
}

rejections! {
    /// Why a garment is not brought back.
    RestoreGarmentRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
    }
}

impl Decide<Garment> for RestoreGarment {
    type Rejection = RestoreGarmentRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, RestoreGarmentRejection> {
        match garment.status {
            GarmentStatus::Unknown => return Err(RestoreGarmentRejection::NotInCatalogue),
            GarmentStatus::Retired => return Err(RestoreGarmentRejection::Retired),
            GarmentStatus::Draft | GarmentStatus::Published => {}
        }
        let mut events = Vec::new();
        if garment.details.as_ref() != Some(&self.details) {
            events.push(GarmentEvent::GarmentRevised {
                details: self.details.clone(),
            });
        }
        if garment.price != Some(self.price) {
            events.push(GarmentEvent::PriceChanged { price: self.price });
        }
        // Logs from before prices went with their sizes may say a price of a size that there was not.
        let mut size_prices = self.size_prices.clone();
        size_prices.retain(|size, _| self.details.sizes.contains(size));
        events.extend(
            differing(&garment.size_prices, &size_prices)
                .map(|(size, price)| GarmentEvent::SizePriceChanged { size, price }),
        );
        events.extend(
            differing(&garment.list_prices, &self.list_prices)
                .map(|(list, price)| GarmentEvent::ListPriceChanged { list, price }),
        );
        if let Some(picture) = self.picture.filter(|then| garment.picture != Some(*then)) {
            events.push(GarmentEvent::PictureAttached { picture });
        }
        Ok(events)
    }
}

/// What has to change for `today` to be as `then`.
fn differing<K: Ord + Clone>(
    today: &BTreeMap<K, Money>,
    then: &BTreeMap<K, Money>,
) -> impl Iterator<Item = (K, Option<Money>)> {
    let gone = today.keys().filter(|of| !then.contains_key(of));
    let gone = gone.map(|of| (of.clone(), None));
    let other = then
        .iter()
        .filter(|(of, price)| today.get(of) != Some(price));
    gone.chain(other.map(|(of, price)| (of.clone(), Some(*price))))
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::{Currency, GarmentName};

    fn added() -> GarmentEvent {
        GarmentEvent::samples().swap_remove(0)
    }

    fn as_added() -> RestoreGarment {
        RestoreGarment {
            details: GarmentDetails::sample(),
            price: Money {
                minor: 4_990,
                currency: Currency::EUR,
            },
            picture: None,
            size_prices: BTreeMap::new(),
            list_prices: BTreeMap::new(),
        }
    }

    #[test]
    fn only_what_differs_is_said_again() {
        let renamed = GarmentDetails {
            name: GarmentName::parse("Heavy linen shirt").unwrap(),
            ..GarmentDetails::sample()
        };
        let revised = GarmentEvent::GarmentRevised { details: renamed };
        let back = GarmentEvent::GarmentRevised {
            details: GarmentDetails::sample(),
        };
        TestFramework::<Garment>::with(())
            .given(vec![added(), revised])
            .when(as_added().into())
            .then_expect_events(vec![back]);
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(as_added().into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn price_and_picture_come_back_too() {
        let picture = PictureId::new(uuid::Uuid::from_u128(7));
        let mut command = as_added();
        command.price.minor = 1;
        command.picture = Some(picture);
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(command.clone().into())
            .then_expect_events(vec![
                GarmentEvent::PriceChanged {
                    price: command.price,
                },
                GarmentEvent::PictureAttached { picture },
            ]);
    }

    #[test]
    fn prices_by_size_and_list_come_back_too() {
        let (large, list) = (Size::parse("L").unwrap(), Slug::parse("wholesale").unwrap());
        let price = as_added().price;
        let mut command = as_added();
        command.size_prices.insert(large.clone(), price);
        TestFramework::<Garment>::with(())
            .given(vec![
                added(),
                GarmentEvent::ListPriceChanged {
                    list: list.clone(),
                    price: Some(price),
                },
            ])
            .when(command.into())
            .then_expect_events(vec![
                GarmentEvent::SizePriceChanged {
                    size: large,
                    price: Some(price),
                },
                GarmentEvent::ListPriceChanged { list, price: None },
            ]);
    }

    #[test]
    fn a_size_that_there_was_not_has_no_price_either() {
        let mut command = as_added();
        command
            .size_prices
            .insert(Size::parse("XXL").unwrap(), command.price);
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(command.into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn what_is_off_sale_or_unknown_stays_so() {
        TestFramework::<Garment>::with(())
            .given(vec![added(), GarmentEvent::GarmentRetired {}])
            .when(as_added().into())
            .then_expect_error(RestoreGarmentRejection::Retired.into());
        TestFramework::<Garment>::with(())
            .given_no_previous_events()
            .when(as_added().into())
            .then_expect_error(RestoreGarmentRejection::NotInCatalogue.into());
    }
}
