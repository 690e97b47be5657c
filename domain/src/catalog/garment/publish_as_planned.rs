//! Publish a garment because the time has come for which that was planned.

use super::{Garment, GarmentEvent, GarmentStatus};
use crate::{decision::Decide, rejection::rejections, shared::Moment};

/// Publish a garment because the time has come for which that was planned. Whoever looks after plans may know an old one: nothing
/// happens where the garment has another plan by now, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishAsPlanned {
    /// The plan.
    pub at: Moment,
}

rejections! {
    /// Why a garment is not published as planned.
    PublishAsPlannedRejection {
        NotInCatalogue => "garment-not-found", NotFound, "there is no such garment";
    }
}

impl Decide<Garment> for PublishAsPlanned {
    type Rejection = PublishAsPlannedRejection;

    fn decide(&self, garment: &Garment) -> Result<Vec<GarmentEvent>, PublishAsPlannedRejection> {
        if garment.status == GarmentStatus::Unknown {
            return Err(PublishAsPlannedRejection::NotInCatalogue);
        }
        // A plan ends with the publication and with the end of sale.
        if garment.publish_at.as_ref() != Some(&self.at) {
            return Ok(vec![]);
        }
        Ok(vec![GarmentEvent::GarmentPublished {}])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::PictureId;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    fn given(more: impl IntoIterator<Item = GarmentEvent>) -> Vec<GarmentEvent> {
        let picture = PictureId::new(uuid::Uuid::from_u128(7));
        let mut events = vec![
            GarmentEvent::samples().swap_remove(0),
            GarmentEvent::PictureAttached { picture },
            GarmentEvent::PublicationScheduled {
                at: at("2026-06-01T08:00:00Z"),
            },
        ];
        events.extend(more);
        events
    }

    fn june() -> PublishAsPlanned {
        PublishAsPlanned {
            at: at("2026-06-01T08:00:00Z"),
        }
    }

    #[test]
    fn a_plan_that_stands_is_carried_out() {
        TestFramework::<Garment>::with(())
            .given(given([]))
            .when(june().into())
            .then_expect_events(vec![GarmentEvent::GarmentPublished {}]);
    }

    #[test]
    fn a_plan_that_was_taken_back_or_changed_is_not() {
        let july = GarmentEvent::PublicationScheduled {
            at: at("2026-07-01T08:00:00Z"),
        };
        for meanwhile in [
            GarmentEvent::PublicationUnscheduled {},
            GarmentEvent::GarmentPublished {},
            GarmentEvent::GarmentRetired {},
            july,
        ] {
            TestFramework::<Garment>::with(())
                .given(given([meanwhile]))
                .when(june().into())
                .then_expect_events(vec![]);
        }
    }
}
