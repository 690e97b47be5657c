//! Keep nothing of a picture of a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Picture, PictureEvent, Progress};
use crate::{decision::Decide, rejection::rejections};

/// Why a picture is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// Its owner wanted it gone.
    ByOwner,
    /// It was not used for as long as it is kept.
    Expired,
}

impl Removal {
    /// The name in events and views.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ByOwner => "by-owner",
            Self::Expired => "expired",
        }
    }
}

/// Keep nothing of a picture of a person. Whoever stores its bytes deletes them after that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovePicture {
    /// Why.
    pub reason: Removal,
}

rejections! {
    /// Why a picture stays.
    RemovePictureRejection {
        NotUploaded => "picture-not-found", NotFound, "there is no such picture";
        OfCatalogue => "picture-of-catalogue", Conflict, "pictures of the catalogue stay, since garments may show them";
    }
}

impl Decide<Picture> for RemovePicture {
    type Rejection = RemovePictureRejection;

    fn decide(&self, picture: &Picture) -> Result<Vec<PictureEvent>, RemovePictureRejection> {
        match (picture.progress, &picture.upload) {
            (Progress::Unknown, _) | (_, None) => Err(RemovePictureRejection::NotUploaded),
            (_, Some(upload)) if upload.purpose.is_public() => {
                Err(RemovePictureRejection::OfCatalogue)
            }
            (Progress::Removed, _) => Ok(vec![]),
            (Progress::Uploaded | Progress::Ready | Progress::Refused, Some(_)) => {
                Ok(vec![PictureEvent::PictureRemoved {
                    reason: self.reason,
                }])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::media::picture::{Purpose, RecordProcessed};

    fn remove() -> RemovePicture {
        RemovePicture {
            reason: Removal::Expired,
        }
    }

    #[test]
    fn a_picture_is_removed_once_and_nothing_of_it_can_be_read() {
        let [uploaded, processed, refused, _, _, _, removed] =
            PictureEvent::samples().try_into().unwrap();
        for given in [
            vec![uploaded.clone()],
            vec![uploaded.clone(), processed.clone()],
            vec![uploaded.clone(), refused],
        ] {
            TestFramework::<Picture>::with(())
                .given(given)
                .when(remove().into())
                .then_expect_events(vec![removed.clone()]);
        }
        let all = [uploaded, processed, removed];
        TestFramework::<Picture>::with(())
            .given(all.to_vec())
            .when(remove().into())
            .then_expect_events(vec![]);
        let mut picture = Picture::default();
        for event in all {
            picture.evolve(event);
        }
        assert_eq!(picture.stored("original"), None);
        assert_eq!(picture.stored("400.webp"), None);
    }

    #[test]
    fn renditions_that_come_too_late_are_not_recorded() {
        let [uploaded, _, _, _, _, _, removed] = PictureEvent::samples().try_into().unwrap();
        let late = RecordProcessed {
            renditions: vec![],
            mean_colour: "#808080".to_owned(),
            thumbhash: None,
        };
        TestFramework::<Picture>::with(())
            .given(vec![uploaded, removed])
            .when(late.into())
            .then_expect_error(crate::media::picture::RecordProcessedRejection::Removed.into());
    }

    #[test]
    fn what_garments_show_stays() {
        let [uploaded, ..]: [_; 7] = PictureEvent::samples().try_into().unwrap();
        let PictureEvent::PictureUploaded { original, .. } = uploaded else {
            panic!("the first sample is an upload");
        };
        for purpose in [Purpose::Catalogue, Purpose::Cutout] {
            let of_the_shop = PictureEvent::PictureUploaded {
                purpose,
                owner: None,
                original: original.clone(),
            };
            TestFramework::<Picture>::with(())
                .given(vec![of_the_shop])
                .when(remove().into())
                .then_expect_error(RemovePictureRejection::OfCatalogue.into());
        }
    }
}
