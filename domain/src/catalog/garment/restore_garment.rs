//! Say about a garment again what was said at an earlier time.

use super::{Garment, GarmentDetails, GarmentEvent, GarmentStatus};
use crate::{
    decision::Decide,
    rejection::rejections,
    shared::{Money, PictureId},
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
        if let Some(picture) = self.picture.filter(|then| garment.picture != Some(*then)) {
            events.push(GarmentEvent::PictureAttached { picture });
        }
        Ok(events)
    }
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
