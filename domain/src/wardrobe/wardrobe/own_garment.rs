//! Own a garment.

use super::{Wardrobe, WardrobeEvent};
use crate::{
    decision::Decide,
    rejection::rejections,
    shared::{GarmentId, Size},
};

/// Own a garment, in this size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnGarment {
    /// Which one.
    pub garment: GarmentId,
    /// The size on its label, where its owner says so.
    pub size: Option<Size>,
}

rejections! {
    /// Why a garment is not owned.
    OwnGarmentRejection {
        TooMany => "owned-exceeded", Conflict, "a wardrobe has at most 1,000 garments";
    }
}

impl Decide<Wardrobe> for OwnGarment {
    type Rejection = OwnGarmentRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, OwnGarmentRejection> {
        let owned = &wardrobe.contents.owned;
        match owned.iter().find(|owned| owned.garment == self.garment) {
            Some(known) if known.size == self.size => return Ok(vec![]),
            None if owned.len() >= Wardrobe::MAX_OWNED => return Err(OwnGarmentRejection::TooMany),
            Some(_) | None => {}
        }
        Ok(vec![WardrobeEvent::GarmentOwned {
            garment: self.garment,
            size: self.size.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    use super::*;

    fn own(number: u128, size: Option<&str>) -> OwnGarment {
        OwnGarment {
            garment: GarmentId::new(Uuid::from_u128(number)),
            size: size.map(|size| Size::parse(size).unwrap()),
        }
    }

    fn owned(number: u128, size: Option<&str>) -> WardrobeEvent {
        let OwnGarment { garment, size } = own(number, size);
        WardrobeEvent::GarmentOwned { garment, size }
    }

    #[test]
    fn a_garment_is_owned_in_one_size_at_a_time() {
        let given = || TestFramework::<Wardrobe>::with(()).given(vec![owned(1, Some("M"))]);
        given()
            .when(own(1, Some("M")).into())
            .then_expect_events(vec![]);
        given()
            .when(own(1, None).into())
            .then_expect_events(vec![owned(1, None)]);
        given()
            .when(own(2, None).into())
            .then_expect_events(vec![owned(2, None)]);
    }

    #[test]
    fn a_thousand_are_owned_and_no_more_but_sizes_still_change() {
        let full: Vec<_> = (0..1_000).map(|number| owned(number, None)).collect();
        TestFramework::<Wardrobe>::with(())
            .given(full.clone())
            .when(own(1_000, None).into())
            .then_expect_error(OwnGarmentRejection::TooMany.into());
        TestFramework::<Wardrobe>::with(())
            .given(full)
            .when(own(999, Some("L")).into())
            .then_expect_events(vec![owned(999, Some("L"))]);
    }
}
