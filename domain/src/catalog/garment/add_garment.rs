//! Put a new garment in the catalogue, as a draft.

use super::{Garment, GarmentDetails, GarmentEvent, GarmentStatus, events::Unsound};
use crate::{decision::Decide, rejection::rejections, shared::Money};

/// Put a new garment in the catalogue, as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddGarment {
    /// What is said about it.
    pub details: GarmentDetails,
    /// What it costs.
    pub price: Money,
}

rejections! {
    /// Why a garment is not added.
    AddGarmentRejection {
        AlreadyAdded => "garment-already-added", Conflict, "this garment is already in the catalogue";
        SizesUnsound => "garment-sizes-invalid", Invalid, "give at most 32 sizes, each of them once";
        SkusUnsound => "garment-skus-invalid", Invalid, "give each SKU once, for a size that is on sale";
        TooMuch => "garment-too-long", Invalid, "give at most 32 attributes and 16 languages";
    }
}

impl Decide<Garment> for AddGarment {
    type Rejection = AddGarmentRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, AddGarmentRejection> {
        if garment.status != GarmentStatus::Unknown {
            return Err(AddGarmentRejection::AlreadyAdded);
        }
        self.details.check().map_err(|unsound| match unsound {
            Unsound::Sizes => AddGarmentRejection::SizesUnsound,
            Unsound::Skus => AddGarmentRejection::SkusUnsound,
            Unsound::TooMuch => AddGarmentRejection::TooMuch,
        })?;
        Ok(vec![GarmentEvent::GarmentAdded {
            details: self.details.clone(),
            price: self.price,
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::{Currency, Size};

    fn add() -> AddGarment {
        AddGarment {
            details: GarmentDetails::sample(),
            price: Money {
                minor: 4_990,
                currency: Currency::EUR,
            },
        }
    }

    #[test]
    fn a_garment_starts_as_a_draft() {
        TestFramework::<Garment>::with(())
            .given_no_previous_events()
            .when(add().into())
            .then_expect_events(vec![GarmentEvent::GarmentAdded {
                details: add().details,
                price: add().price,
            }]);
    }

    #[test]
    fn a_garment_is_added_once() {
        TestFramework::<Garment>::with(())
            .given(vec![GarmentEvent::GarmentAdded {
                details: add().details,
                price: add().price,
            }])
            .when(add().into())
            .then_expect_error(AddGarmentRejection::AlreadyAdded.into());
    }

    #[test]
    fn a_size_is_named_once() {
        let mut command = add();
        command.details.sizes = vec![Size::parse("M").unwrap(); 2];
        TestFramework::<Garment>::with(())
            .given_no_previous_events()
            .when(command.into())
            .then_expect_error(AddGarmentRejection::SizesUnsound.into());
    }

    #[test]
    fn a_sku_belongs_to_one_size_on_sale() {
        let sku = crate::shared::Sku::parse("LS-1").unwrap();
        for sizes in [vec!["XS"], vec!["S", "M"]] {
            let mut command = add();
            let sizes = sizes.into_iter().map(|size| Size::parse(size).unwrap());
            command.details.skus = sizes.map(|size| (size, sku.clone())).collect();
            TestFramework::<Garment>::with(())
                .given_no_previous_events()
                .when(command.into())
                .then_expect_error(AddGarmentRejection::SkusUnsound.into());
        }
    }
}
