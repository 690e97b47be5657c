//! Choose what a picture shows first, where it has to be cropped.

use super::{FocalPoint, Picture, PictureEvent, Progress};
use crate::{decision::Decide, rejection::rejections};

/// Choose what a picture shows first, where it has to be cropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChooseFocalPoint {
    /// The place that stays.
    pub focal_point: FocalPoint,
}

rejections! {
    /// Why no focal point is chosen.
    ChooseFocalPointRejection {
        NotUploaded => "picture-not-found", NotFound, "there is no such picture";
        Refused => "picture-refused", Conflict, "this picture was refused before";
        Removed => "picture-removed", Conflict, "this picture was removed";
    }
}

impl Decide<Picture> for ChooseFocalPoint {
    type Rejection = ChooseFocalPointRejection;

    fn decide(&self, picture: &Picture) -> Result<Vec<PictureEvent>, ChooseFocalPointRejection> {
        match picture.progress {
            Progress::Unknown => Err(ChooseFocalPointRejection::NotUploaded),
            Progress::Refused => Err(ChooseFocalPointRejection::Refused),
            Progress::Removed => Err(ChooseFocalPointRejection::Removed),
            Progress::Uploaded | Progress::Ready
                if picture.focal_point == Some(self.focal_point) =>
            {
                Ok(vec![])
            }
            Progress::Uploaded | Progress::Ready => Ok(vec![PictureEvent::FocalPointChosen {
                focal_point: self.focal_point,
            }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn choose() -> ChooseFocalPoint {
        ChooseFocalPoint {
            focal_point: FocalPoint::sample(),
        }
    }

    #[test]
    fn a_focal_point_is_chosen_before_and_after_processing_and_once() {
        let [uploaded, processed, _, chosen, ..]: [_; 7] =
            PictureEvent::samples().try_into().unwrap();
        for given in [
            vec![uploaded.clone()],
            vec![uploaded.clone(), processed.clone()],
        ] {
            TestFramework::<Picture>::with(())
                .given(given)
                .when(choose().into())
                .then_expect_events(vec![chosen.clone()]);
        }
        TestFramework::<Picture>::with(())
            .given(vec![uploaded, chosen])
            .when(choose().into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn only_a_picture_that_can_be_shown_has_a_focal_point() {
        let [uploaded, _, refused, ..]: [_; 7] = PictureEvent::samples().try_into().unwrap();
        TestFramework::<Picture>::with(())
            .given_no_previous_events()
            .when(choose().into())
            .then_expect_error(ChooseFocalPointRejection::NotUploaded.into());
        TestFramework::<Picture>::with(())
            .given(vec![uploaded, refused])
            .when(choose().into())
            .then_expect_error(ChooseFocalPointRejection::Refused.into());
    }
}
