//! Show a garment to shoppers.

use super::{Garment, GarmentEvent, GarmentStatus};
use crate::{decision::Decide, rejection::rejections};

/// Show a garment to shoppers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishGarment {}

rejections! {
    /// Why a garment is not published.
    PublishGarmentRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
        PictureMissing => "garment-picture-missing", Conflict, "attach a picture before you publish the garment";
    }
}

impl Decide<Garment> for PublishGarment {
    type Rejection = PublishGarmentRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, PublishGarmentRejection> {
        match garment.status {
            GarmentStatus::Unknown => Err(PublishGarmentRejection::NotInCatalogue),
            GarmentStatus::Retired => Err(PublishGarmentRejection::Retired),
            GarmentStatus::Published => Ok(vec![]),
            GarmentStatus::Draft if garment.picture.is_none() => {
                Err(PublishGarmentRejection::PictureMissing)
            }
            GarmentStatus::Draft => Ok(vec![GarmentEvent::GarmentPublished {}]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::PictureId;

    fn added() -> GarmentEvent {
        GarmentEvent::samples().swap_remove(0)
    }

    fn attached() -> GarmentEvent {
        GarmentEvent::PictureAttached {
            picture: PictureId::new(uuid::Uuid::from_u128(7)),
        }
    }

    #[test]
    fn a_pictured_draft_is_published_once() {
        let published = GarmentEvent::GarmentPublished {};
        TestFramework::<Garment>::with(())
            .given(vec![added(), attached()])
            .when(PublishGarment {}.into())
            .then_expect_events(vec![published.clone()]);
        TestFramework::<Garment>::with(())
            .given(vec![added(), attached(), published])
            .when(PublishGarment {}.into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_garment_without_a_picture_stays_a_draft() {
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(PublishGarment {}.into())
            .then_expect_error(PublishGarmentRejection::PictureMissing.into());
    }
}
