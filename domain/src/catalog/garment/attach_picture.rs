//! Show a garment, and try it on, by this picture.

use super::{Garment, GarmentEvent, GarmentStatus};
use crate::{decision::Decide, rejection::rejections, shared::PictureId};

/// Show a garment, and try it on, by this picture from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachPicture {
    /// The picture.
    pub picture: PictureId,
}

rejections! {
    /// Why a picture is not attached.
    AttachPictureRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
    }
}

impl Decide<Garment> for AttachPicture {
    type Rejection = AttachPictureRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, AttachPictureRejection> {
        match garment.status {
            GarmentStatus::Unknown => Err(AttachPictureRejection::NotInCatalogue),
            GarmentStatus::Retired => Err(AttachPictureRejection::Retired),
            GarmentStatus::Draft | GarmentStatus::Published
                if garment.picture == Some(self.picture) =>
            {
                Ok(vec![])
            }
            GarmentStatus::Draft | GarmentStatus::Published => {
                Ok(vec![GarmentEvent::PictureAttached {
                    picture: self.picture,
                }])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn added() -> GarmentEvent {
        GarmentEvent::samples().swap_remove(0)
    }

    const FRONT: PictureId = PictureId::new(uuid::Uuid::from_u128(7));

    #[test]
    fn a_picture_is_attached_once() {
        let attached = GarmentEvent::PictureAttached { picture: FRONT };
        TestFramework::<Garment>::with(())
            .given(vec![added()])
            .when(AttachPicture { picture: FRONT }.into())
            .then_expect_events(vec![attached.clone()]);
        TestFramework::<Garment>::with(())
            .given(vec![added(), attached])
            .when(AttachPicture { picture: FRONT }.into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_unknown_garment_has_no_picture() {
        TestFramework::<Garment>::with(())
            .given_no_previous_events()
            .when(AttachPicture { picture: FRONT }.into())
            .then_expect_error(AttachPictureRejection::NotInCatalogue.into());
    }
}
