//! Record that a picture cannot be used, and why.

use super::{Picture, PictureEvent, Progress};
use crate::{decision::Decide, rejection::rejections};

/// Record that a picture cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusePicture {
    /// A stable code, such as `picture-truncated`.
    pub reason: String,
    /// The same for people, with what to do about it.
    pub detail: String,
}

rejections! {
    /// Why a picture is not refused.
    RefusePictureRejection {
        NotUploaded => "picture-not-found", NotFound, "there is no such picture";
        Ready => "picture-ready", Conflict, "this picture was processed before";
        Removed => "picture-removed", Conflict, "this picture was removed";
    }
}

impl Decide<Picture> for RefusePicture {
    type Rejection = RefusePictureRejection;

    fn decide(&self, picture: &Picture) -> Result<Vec<PictureEvent>, RefusePictureRejection> {
        match picture.progress {
            Progress::Unknown => Err(RefusePictureRejection::NotUploaded),
            Progress::Ready => Err(RefusePictureRejection::Ready),
            Progress::Removed => Err(RefusePictureRejection::Removed),
            Progress::Refused => Ok(vec![]),
            Progress::Uploaded => Ok(vec![PictureEvent::PictureRefused {
                reason: self.reason.clone(),
                detail: self.detail.clone(),
            }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn refuse() -> RefusePicture {
        RefusePicture {
            reason: "picture-truncated".to_owned(),
            detail: "Upload the file again.".to_owned(),
        }
    }

    #[test]
    fn a_picture_is_refused_once() {
        let [uploaded, _, refused, ..]: [_; 7] = PictureEvent::samples().try_into().unwrap();
        TestFramework::<Picture>::with(())
            .given(vec![uploaded.clone()])
            .when(refuse().into())
            .then_expect_events(vec![refused.clone()]);
        TestFramework::<Picture>::with(())
            .given(vec![uploaded, refused])
            .when(refuse().into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_ready_picture_is_not_refused() {
        let [uploaded, processed, ..]: [_; 7] = PictureEvent::samples().try_into().unwrap();
        TestFramework::<Picture>::with(())
            .given(vec![uploaded, processed])
            .when(refuse().into())
            .then_expect_error(RefusePictureRejection::Ready.into());
    }
}
