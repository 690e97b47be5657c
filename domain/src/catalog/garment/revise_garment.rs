//! Replace what is said about a garment.

use super::{Garment, GarmentDetails, GarmentEvent, GarmentStatus, events::Unsound};
use crate::{decision::Decide, rejection::rejections};

/// Replace what is said about a garment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviseGarment {
    /// What is said from now on.
    pub details: GarmentDetails,
}

rejections! {
    /// Why a garment is not revised.
    ReviseGarmentRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
        SizesUnsound => "garment-sizes-invalid", Invalid, "give at most 32 sizes, each of them once";
        SkusUnsound => "garment-skus-invalid", Invalid, "give each SKU once, for a size that is on sale";
        TooMuch => "garment-too-long", Invalid, "give at most 32 attributes and 16 languages";
    }
}

impl Decide<Garment> for ReviseGarment {
    type Rejection = ReviseGarmentRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, ReviseGarmentRejection> {
        match garment.status {
            GarmentStatus::Unknown => return Err(ReviseGarmentRejection::NotInCatalogue),
            GarmentStatus::Retired => return Err(ReviseGarmentRejection::Retired),
            GarmentStatus::Draft | GarmentStatus::Published => {}
        }
        self.details.check().map_err(|unsound| match unsound {
            Unsound::Sizes => ReviseGarmentRejection::SizesUnsound,
            Unsound::Skus => ReviseGarmentRejection::SkusUnsound,
            Unsound::TooMuch => ReviseGarmentRejection::TooMuch,
        })?;
        let mut events = Vec::new();
        if garment.details.as_ref() != Some(&self.details) {
            events.push(GarmentEvent::GarmentRevised {
                details: self.details.clone(),
            });
        }
        events.extend(garment.without_prices_of_dropped_sizes(&self.details));
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::{Currency, GarmentName, Money, Size};

    fn added() -> GarmentEvent {
        GarmentEvent::samples().swap_remove(0)
    }

    fn revise(name: &str) -> ReviseGarment {
        let name = GarmentName::parse(name).unwrap();
        ReviseGarment {
            details: GarmentDetails {
                name,
                ..GarmentDetails::sample()
            },
        }
    }

    #[test]
    fn new_words_replace_the_old_ones() {
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(revise("Heavy linen shirt").into())
            .then_expect_events(vec![GarmentEvent::GarmentRevised {
                details: revise("Heavy linen shirt").details,
            }]);
    }

    #[test]
    fn the_same_words_change_nothing() {
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(revise("Linen shirt").into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_size_that_is_dropped_takes_its_price_with_it() {
        let size = |label: &str| Size::parse(label).unwrap();
        let price = Money {
            minor: 5_990,
            currency: Currency::EUR,
        };
        let priced = |label: &str, price| GarmentEvent::SizePriceChanged {
            size: size(label),
            price,
        };
        let mut command = revise("Linen shirt");
        command.details.sizes = vec![size("S"), size("M")];
        let revised = GarmentEvent::GarmentRevised {
            details: command.details.clone(),
        };
        TestFramework::<Garment>::with(())
            .given(vec![
                added(),
                priced("M", Some(price)),
                priced("L", Some(price)),
            ])
            .when(command.into())
            .then_expect_events(vec![revised.clone(), priced("L", None)]);
        // Back again, it costs what the others do.
        TestFramework::<Garment>::with(())
            .given(vec![
                added(),
                priced("L", Some(price)),
                revised,
                priced("L", None),
            ])
            .when(revise("Linen shirt").into())
            .then_expect_events(vec![GarmentEvent::GarmentRevised {
                details: GarmentDetails::sample(),
            }]);
    }

    #[test]
    fn a_retired_garment_is_not_revised() {
        TestFramework::<Garment>::with(())
            .given(vec![added(), GarmentEvent::GarmentRetired {}])
            .when(revise("Shirt").into())
            .then_expect_error(ReviseGarmentRejection::Retired.into());
    }
}
