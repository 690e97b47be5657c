//! Record that a picture was uploaded, checked and stored.

use super::{Consent, Picture, PictureEvent, Purpose, StoredPicture};
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
    /// What its owner agreed to; a photo of a person needs it.
    pub consent: Option<Consent>,
}

rejections! {
    /// Why an upload is not recorded.
    RecordUploadRejection {
        OtherUpload => "picture-already-uploaded", Conflict, "another upload has this id already";
        OwnerMissing => "picture-owner-missing", Invalid, "a picture of a person has an owner";
        ConsentMissing => "photo-consent-missing", Invalid, "a photo of a person needs its owner's consent";
    }
}

impl Decide<Picture> for RecordUpload {
    type Rejection = RecordUploadRejection;

    fn decide(&self, picture: &Picture) -> Result<Vec<PictureEvent>, RecordUploadRejection> {
        if !self.purpose.is_public() && self.owner.is_none() {
            return Err(RecordUploadRejection::OwnerMissing);
        }
        if self.purpose == Purpose::Person && self.consent.is_none() {
            return Err(RecordUploadRejection::ConsentMissing);
        }
        match &picture.upload {
            Some(upload)
                if upload.original.blob == self.original.blob && upload.owner == self.owner =>
            {
                Ok(vec![])
            }
            Some(_) => Err(RecordUploadRejection::OtherUpload),
            None => {
                let uploaded = PictureEvent::PictureUploaded {
                    purpose: self.purpose,
                    owner: self.owner,
                    original: self.original.clone(),
                };
                let consent = self
                    .consent
                    .clone()
                    .filter(|_| self.purpose == Purpose::Person);
                let given = consent.map(|consent| PictureEvent::PhotoConsentGiven { consent });
                Ok(std::iter::once(uploaded).chain(given).collect())
            }
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
            consent: None,
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

    #[test]
    fn a_photo_of_a_person_is_recorded_with_their_consent() {
        let [uploaded, _, _, _, given, _, _] = PictureEvent::samples().try_into().unwrap();
        let PictureEvent::PictureUploaded {
            purpose,
            owner,
            original,
        } = uploaded.clone()
        else {
            panic!("the first sample is an upload");
        };
        let without = RecordUpload {
            purpose,
            owner,
            original,
            consent: None,
        };
        let with = RecordUpload {
            consent: Some(Consent::sample()),
            ..without.clone()
        };
        TestFramework::<Picture>::with(())
            .given_no_previous_events()
            .when(without.into())
            .then_expect_error(RecordUploadRejection::ConsentMissing.into());
        TestFramework::<Picture>::with(())
            .given_no_previous_events()
            .when(with.into())
            .then_expect_events(vec![uploaded, given]);
    }
}
