//! Record that a picture was uploaded, checked and stored.

use super::{Picture, PictureEvent, Purpose, StoredPicture};
use crate::{decision::Decide, rejection::rejections, shared::AccountId};

/// Record that a picture was uploaded, checked and stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordUpload {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is; a shop's own picture has none.
    pub owner: Option<AccountId>,
    /// The upright, metadata-free picture as stored.
    pub original: StoredPicture,
}

rejections! {
    /// Why an upload is not recorded.
    RecordUploadRejection {
        OtherUpload => "picture-already-uploaded", Conflict, "another upload has this id already";
        OwnerMissing => "picture-owner-missing", Invalid, "a picture of a person has an owner";
    }
}

impl Decide<Picture> for RecordUpload {
    type Rejection = RecordUploadRejection;

    fn decide(&self, picture: &Picture) -> Result<Vec<PictureEvent>, RecordUploadRejection> {
        if self.purpose != Purpose::Catalogue && self.owner.is_none() {
            return Err(RecordUploadRejection::OwnerMissing);
        }
        match &picture.upload {
            Some(upload)
                if upload.original.blob == self.original.blob && upload.owner == self.owner =>
            {
                Ok(vec![])
            }
            Some(_) => Err(RecordUploadRejection::OtherUpload),
            None => Ok(vec![PictureEvent::PictureUploaded {
                purpose: self.purpose,
                owner: self.owner,
                original: self.original.clone(),
            }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::BlobHash;

    fn upload(digit: &str) -> RecordUpload {
        let blob = BlobHash::parse(&digit.repeat(64)).unwrap();
        let original = StoredPicture {
            blob,
            ..StoredPicture::sample()
        };
        RecordUpload {
            purpose: Purpose::Catalogue,
            owner: None,
            original,
        }
    }

    fn uploaded() -> PictureEvent {
        PictureEvent::PictureUploaded {
            purpose: Purpose::Catalogue,
            owner: None,
            original: upload("a").original,
        }
    }

    #[test]
    fn an_upload_is_recorded_once() {
        TestFramework::<Picture>::with(())
            .given_no_previous_events()
            .when(upload("a").into())
            .then_expect_events(vec![uploaded()]);
        TestFramework::<Picture>::with(())
            .given(vec![uploaded()])
            .when(upload("a").into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_id_is_used_for_one_picture() {
        TestFramework::<Picture>::with(())
            .given(vec![uploaded()])
            .when(upload("b").into())
            .then_expect_error(RecordUploadRejection::OtherUpload.into());
    }

    #[test]
    fn a_person_owns_their_picture() {
        let command = RecordUpload {
            purpose: Purpose::Person,
            ..upload("a")
        };
        TestFramework::<Picture>::with(())
            .given_no_previous_events()
            .when(command.into())
            .then_expect_error(RecordUploadRejection::OwnerMissing.into());
    }
}
