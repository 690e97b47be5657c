//! Say of a garment what a file says, whether it is in the catalogue or not.

use std::collections::BTreeMap;

use super::{
    Garment, GarmentDetails, GarmentEvent, GarmentStatus, change_list_price::MAX_LISTS,
    events::Unsound,
};
use crate::{
    decision::Decide,
    rejection::rejections,
    shared::{Moment, Money, PictureId, Size, Slug},
};

/// How far a file wants a garment to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedStatus {
    /// As far as it is: a draft, if it is new.
    AsItIs,
    /// On sale, once it has a picture.
    Published,
    /// Off sale for good.
    Retired,
}

/// Say of a garment what a file says, whether it is in the catalogue or not. The same file again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportGarment {
    /// What is said about it.
    pub details: GarmentDetails,
    /// What it costs.
    pub price: Money,
    /// Its sizes that cost something else; all others of its sizes cost what it costs.
    pub size_prices: BTreeMap<Size, Money>,
    /// What it costs by the price lists of which the file speaks; other lists stay as they are.
    pub list_prices: BTreeMap<Slug, Money>,
    /// Its picture; without one, the picture that it has stays.
    pub picture: Option<PictureId>,
    /// When a draft with a picture is to be published; without, what is planned stays.
    pub publish_at: Option<Moment>,
    /// How far it is to be. A garment without a picture stays a draft.
    pub status: WantedStatus,
}

rejections! {
    /// Why a garment is not imported.
    ImportGarmentRejection {
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
        SizesUnsound => "garment-sizes-invalid", Invalid, "give at most 32 sizes, each of them once";
        SkusUnsound => "garment-skus-invalid", Invalid, "give each SKU once, for a size that is on sale";
        TooMuch => "garment-too-long", Invalid, "give at most 32 attributes and 16 languages";
        SizeUnknown => "garment-size-unknown", Invalid, "the garment does not come in a size that has a price";
        TooManyLists => "garment-lists-exhausted", Conflict, "a garment has prices by at most 64 lists; take one away first";
    }
}

impl ImportGarment {
    /// What would happen to the garment, for whoever only wants to know.
    pub fn changes(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, ImportGarmentRejection> {
        self.decide(garment)
    }

    fn check(&self, garment: &Garment) -> Result<(), ImportGarmentRejection> {
        self.details.check().map_err(|unsound| match unsound {
            Unsound::Sizes => ImportGarmentRejection::SizesUnsound,
            Unsound::Skus => ImportGarmentRejection::SkusUnsound,
            Unsound::TooMuch => ImportGarmentRejection::TooMuch,
        })?;
        let is_unknown = |size| !self.details.sizes.contains(size);
        if self.size_prices.keys().any(is_unknown) {
            return Err(ImportGarmentRejection::SizeUnknown);
        }
        let is_new = |list: &&Slug| !garment.list_prices.contains_key(*list);
        let new = self.list_prices.keys().filter(is_new).count();
        if new > 0 && garment.list_prices.len() + new > MAX_LISTS {
            return Err(ImportGarmentRejection::TooManyLists);
        }
        Ok(())
    }

    fn words_and_price(&self, garment: &Garment, events: &mut Vec<GarmentEvent>) {
        let (details, price) = (self.details.clone(), self.price);
        if garment.status == GarmentStatus::Unknown {
            events.push(GarmentEvent::GarmentAdded { details, price });
            return;
        }
        if garment.details.as_ref() != Some(&details) {
            events.push(GarmentEvent::GarmentRevised { details });
        }
        if garment.price != Some(price) {
            events.push(GarmentEvent::PriceChanged { price });
        }
    }

    fn other_prices(&self, garment: &Garment, events: &mut Vec<GarmentEvent>) {
        for size in &self.details.sizes {
            let price = self.size_prices.get(size);
            if garment.size_prices.get(size) != price {
                events.push(GarmentEvent::SizePriceChanged {
                    size: size.clone(),
                    price: price.copied(),
                });
            }
        }
        events.extend(garment.without_prices_of_dropped_sizes(&self.details));
        for (list, price) in &self.list_prices {
            if garment.list_prices.get(list) != Some(price) {
                events.push(GarmentEvent::ListPriceChanged {
                    list: list.clone(),
                    price: Some(*price),
                });
            }
        }
    }

    fn picture_and_status(&self, garment: &Garment, events: &mut Vec<GarmentEvent>) {
        if let Some(picture) = self.picture.filter(|it| garment.picture != Some(*it)) {
            events.push(GarmentEvent::PictureAttached { picture });
        }
        let is_published = garment.status == GarmentStatus::Published;
        let may_be_shown = self.picture.or(garment.picture).is_some() && !is_published;
        match (self.status, &self.publish_at) {
            (WantedStatus::Retired, _) => events.push(GarmentEvent::GarmentRetired {}),
            (WantedStatus::Published, _) if may_be_shown => {
                events.push(GarmentEvent::GarmentPublished {});
            }
            (WantedStatus::AsItIs, Some(at))
                if may_be_shown && garment.publish_at.as_ref() != Some(at) =>
            {
                events.push(GarmentEvent::PublicationScheduled { at: at.clone() });
            }
            (WantedStatus::Published | WantedStatus::AsItIs, _) => {}
        }
    }
}

impl Decide<Garment> for ImportGarment {
    type Rejection = ImportGarmentRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, ImportGarmentRejection> {
        if garment.status == GarmentStatus::Retired {
            // What is said about what is off sale matters to nobody.
            return match self.status {
                WantedStatus::Retired => Ok(vec![]),
                WantedStatus::AsItIs | WantedStatus::Published => {
                    Err(ImportGarmentRejection::Retired)
                }
            };
        }
        self.check(garment)?;
        let mut events = Vec::new();
        self.words_and_price(garment, &mut events);
        self.other_prices(garment, &mut events);
        self.picture_and_status(garment, &mut events);
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::{Currency, GarmentName};

    const FRONT: PictureId = PictureId::new(uuid::Uuid::from_u128(7));

    fn euros(minor: u32) -> Money {
        Money {
            minor,
            currency: Currency::EUR,
        }
    }

    fn import() -> ImportGarment {
        ImportGarment {
            details: GarmentDetails::sample(),
            price: euros(4_990),
            size_prices: BTreeMap::new(),
            list_prices: BTreeMap::new(),
            picture: None,
            publish_at: None,
            status: WantedStatus::AsItIs,
        }
    }

    fn added() -> GarmentEvent {
        GarmentEvent::samples().swap_remove(0)
    }

    fn full() -> (ImportGarment, Vec<GarmentEvent>) {
        let (size, list) = (Size::parse("L").unwrap(), Slug::parse("wholesale").unwrap());
        let command = ImportGarment {
            size_prices: BTreeMap::from([(size.clone(), euros(5_990))]),
            list_prices: BTreeMap::from([(list.clone(), euros(2_490))]),
            picture: Some(FRONT),
            status: WantedStatus::Published,
            ..import()
        };
        let events = vec![
            added(),
            GarmentEvent::SizePriceChanged {
                size,
                price: Some(euros(5_990)),
            },
            GarmentEvent::ListPriceChanged {
                list,
                price: Some(euros(2_490)),
            },
            GarmentEvent::PictureAttached { picture: FRONT },
            GarmentEvent::GarmentPublished {},
        ];
        (command, events)
    }

    #[test]
    fn a_garment_that_is_new_is_added_with_all_that_the_file_says() {
        let (command, events) = full();
        TestFramework::<Garment>::with(())
            .given_no_previous_events()
            .when(command.into())
            .then_expect_events(events);
    }

    #[test]
    fn the_same_again_changes_nothing() {
        let (command, events) = full();
        TestFramework::<Garment>::with(())
            .given(events)
            .when(command.into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn only_what_differs_happens() {
        let (_, events) = full();
        let mut command = import();
        command.details.name = GarmentName::parse("Heavy linen shirt").unwrap();
        command.price = euros(5_490);
        TestFramework::<Garment>::with(())
            .given(events)
            .when(command.clone().into())
            .then_expect_events(vec![
                GarmentEvent::GarmentRevised {
                    details: command.details,
                },
                GarmentEvent::PriceChanged {
                    price: command.price,
                },
                GarmentEvent::SizePriceChanged {
                    size: Size::parse("L").unwrap(),
                    price: None,
                },
            ]);
    }

    #[test]
    fn a_size_that_the_file_no_longer_has_takes_its_price_with_it() {
        let (_, events) = full();
        let mut command = import();
        let large = command.details.sizes.pop().unwrap();
        TestFramework::<Garment>::with(())
            .given(events)
            .when(command.clone().into())
            .then_expect_events(vec![
                GarmentEvent::GarmentRevised {
                    details: command.details,
                },
                GarmentEvent::SizePriceChanged {
                    size: large,
                    price: None,
                },
            ]);
    }

    #[test]
    fn a_garment_without_a_picture_stays_a_draft() {
        let command = ImportGarment {
            status: WantedStatus::Published,
            publish_at: Moment::parse("2026-07-01T08:00:00Z").ok(),
            ..import()
        };
        TestFramework::<Garment>::with(())
            .given_no_previous_events()
            .when(command.into())
            .then_expect_events(vec![added()]);
    }

    #[test]
    fn a_publication_is_planned_once() {
        let at = Moment::parse("2026-07-01T08:00:00Z").unwrap();
        let command = ImportGarment {
            picture: Some(FRONT),
            publish_at: Some(at.clone()),
            ..import()
        };
        let attached = GarmentEvent::PictureAttached { picture: FRONT };
        let planned = GarmentEvent::PublicationScheduled { at };
        TestFramework::<Garment>::with(())
            .given(vec![added(), attached.clone()])
            .when(command.clone().into())
            .then_expect_events(vec![planned.clone()]);
        TestFramework::<Garment>::with(())
            .given(vec![added(), attached, planned])
            .when(command.into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn what_is_off_sale_is_not_brought_back() {
        let retire = ImportGarment {
            status: WantedStatus::Retired,
            ..import()
        };
        let retired = GarmentEvent::GarmentRetired {};
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(retire.clone().into())
            .then_expect_events(vec![retired.clone()]);
        TestFramework::<Garment>::with(())
            .given(vec![added(), retired.clone()])
            .when(retire.into())
            .then_expect_events(vec![]);
        TestFramework::<Garment>::with(())
            .given(vec![added(), retired])
            .when(import().into())
            .then_expect_error(ImportGarmentRejection::Retired.into());
    }

    #[test]
    fn unsound_words_are_refused() {
        let mut twice = import();
        twice.details.sizes = vec![Size::parse("M").unwrap(); 2];
        let mut foreign = import();
        let size = Size::parse("XXL").unwrap();
        foreign.size_prices = BTreeMap::from([(size, euros(1))]);
        for (command, rejection) in [
            (twice, ImportGarmentRejection::SizesUnsound),
            (foreign, ImportGarmentRejection::SizeUnknown),
        ] {
            TestFramework::<Garment>::with(())
                .given_no_previous_events()
                .when(command.into())
                .then_expect_error(rejection.into());
        }
    }
}
