//! Record that a picture's renditions are stored.

use super::{Picture, PictureEvent, Progress, Rendition};
use crate::{decision::Decide, rejection::rejections};

/// Record that a picture's renditions are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordProcessed {
    /// All renditions, by name.
    pub renditions: Vec<Rendition>,
    /// The mean colour, `#rrggbb` in sRGB, for a placeholder.
    pub mean_colour: String,
    /// A blurred picture as ThumbHash in base64, for a better one.
    pub thumbhash: Option<String>,
}

rejections! {
    /// Why renditions are not recorded.
    RecordProcessedRejection {
        NotUploaded => "picture-not-found", NotFound, "there is no such picture";
        Refused => "picture-refused", Conflict, "this picture was refused before";
        Removed => "picture-removed", Conflict, "this picture was removed";
    }
}

impl Decide<Picture> for RecordProcessed {
    type Rejection = RecordProcessedRejection;

    fn decide(&self, picture: &Picture) -> Result<Vec<PictureEvent>, RecordProcessedRejection> {
        match picture.progress {
            Progress::Unknown => Err(RecordProcessedRejection::NotUploaded),
            Progress::Refused => Err(RecordProcessedRejection::Refused),
            Progress::Removed => Err(RecordProcessedRejection::Removed),
            Progress::Ready => Ok(vec![]),
            Progress::Uploaded => Ok(vec![PictureEvent::PictureProcessed {
                renditions: self.renditions.clone(),
                mean_colour: self.mean_colour.clone(),
                thumbhash: self.thumbhash.clone(),
            }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn processed() -> RecordProcessed {
        RecordProcessed {
            renditions: vec![Rendition::sample()],
            mean_colour: "#808080".to_owned(),
            thumbhash: None,
        }
    }

    #[test]
    fn renditions_are_recorded_once() {
        let [uploaded, event, ..]: [_; 7] = PictureEvent::samples().try_into().unwrap();
        TestFramework::<Picture>::with(())
            .given(vec![uploaded.clone()])
            .when(processed().into())
            .then_expect_events(vec![event.clone()]);
        TestFramework::<Picture>::with(())
            .given(vec![uploaded, event])
            .when(processed().into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_refused_picture_has_no_renditions() {
        let [uploaded, _, refused, ..]: [_; 7] = PictureEvent::samples().try_into().unwrap();
        TestFramework::<Picture>::with(())
            .given(vec![uploaded, refused])
            .when(processed().into())
            .then_expect_error(RecordProcessedRejection::Refused.into());
    }
}
