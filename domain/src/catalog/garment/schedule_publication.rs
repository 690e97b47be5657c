//! Publish a garment at a time, or no longer.

use super::{Garment, GarmentEvent, GarmentStatus};
use crate::{decision::Decide, rejection::rejections, shared::Moment};

/// Publish a garment at a time, or no longer. The time may lie in the past: then it is published at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulePublication {
    /// When; without, it stays a draft until somebody publishes it.
    pub at: Option<Moment>,
}

rejections! {
    /// Why a publication is not planned.
    SchedulePublicationRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
        Published => "garment-already-published", Conflict, "this garment is published already";
        Retired => "garment-retired", Conflict, "this garment is off sale for good; add a new one instead";
        PictureMissing => "garment-picture-missing", Conflict, "attach a picture before you publish the garment";
    }
}

impl Decide<Garment> for SchedulePublication {
    type Rejection = SchedulePublicationRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, SchedulePublicationRejection> {
        match garment.status {
            GarmentStatus::Unknown => return Err(SchedulePublicationRejection::NotInCatalogue),
            GarmentStatus::Published => return Err(SchedulePublicationRejection::Published),
            GarmentStatus::Retired => return Err(SchedulePublicationRejection::Retired),
            GarmentStatus::Draft => {}
        }
        if garment.publish_at == self.at {
            return Ok(vec![]);
        }
        match &self.at {
            None => Ok(vec![GarmentEvent::PublicationUnscheduled {}]),
            Some(_) if garment.picture.is_none() => {
                Err(SchedulePublicationRejection::PictureMissing)
            }
            Some(at) => Ok(vec![GarmentEvent::PublicationScheduled { at: at.clone() }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::PictureId;

    fn given(more: impl IntoIterator<Item = GarmentEvent>) -> Vec<GarmentEvent> {
        let picture = PictureId::new(uuid::Uuid::from_u128(7));
        let mut events = vec![
            GarmentEvent::samples().swap_remove(0),
            GarmentEvent::PictureAttached { picture },
        ];
        events.extend(more);
        events
    }

    fn at(text: &str) -> SchedulePublication {
        SchedulePublication {
            at: Moment::parse(text).ok(),
        }
    }

    fn scheduled(text: &str) -> GarmentEvent {
        let at = Moment::parse(text).unwrap();
        GarmentEvent::PublicationScheduled { at }
    }

    #[test]
    fn a_pictured_draft_is_planned_and_planned_anew() {
        let (june, july) = ("2026-06-01T08:00:00Z", "2026-07-01T08:00:00Z");
        TestFramework::<Garment>::with(())
            .given(given([]))
            .when(at(june).into())
            .then_expect_events(vec![scheduled(june)]);
        TestFramework::<Garment>::with(())
            .given(given([scheduled(june)]))
            .when(at(july).into())
            .then_expect_events(vec![scheduled(july)]);
        TestFramework::<Garment>::with(())
            .given(given([scheduled(june)]))
            .when(SchedulePublication { at: None }.into())
            .then_expect_events(vec![GarmentEvent::PublicationUnscheduled {}]);
    }

    #[test]
    fn what_is_published_is_not_planned_any_more() {
        let june = "2026-06-01T08:00:00Z";
        TestFramework::<Garment>::with(())
            .given(given([scheduled(june), GarmentEvent::GarmentPublished {}]))
            .when(at(june).into())
            .then_expect_error(SchedulePublicationRejection::Published.into());
    }

    #[test]
    fn a_garment_without_a_picture_is_not_planned() {
        TestFramework::<Garment>::with(())
            .given(vec![GarmentEvent::samples().swap_remove(0)])
            .when(at("2026-06-01T08:00:00Z").into())
            .then_expect_error(SchedulePublicationRejection::PictureMissing.into());
    }
}
