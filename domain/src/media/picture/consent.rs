//! What somebody agrees to when they upload a photo of a person, and until when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Picture, PictureEvent, Progress, Purpose};
use crate::{decision::Decide, rejection::rejections, shared::PolicyVersion};

/// What a photo of a person may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentPurpose {
    /// To show garments on that person, to whoever uploaded the photo.
    TryOn,
}

/// Who the photo shows, as its owner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhotoSubject {
    /// The owner.
    Myself,
    /// Somebody who allowed it.
    Permitted,
}

impl PhotoSubject {
    /// The name in events, addresses and views.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Myself => "myself",
            Self::Permitted => "permitted",
        }
    }
}

/// That somebody agreed: to what, in which words, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consent {
    /// What the photo may be used for.
    pub purpose: ConsentPurpose,
    /// The words that were agreed to.
    pub policy: PolicyVersion,
    /// Who the photo shows.
    pub subject: PhotoSubject,
}

/// Agree to what is done with a photo of a person: anew, after it was withdrawn or when the words have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveConsent {
    /// To what, and for whom.
    pub consent: Consent,
}

rejections! {
    /// Why there is nothing to agree to.
    GiveConsentRejection {
        NotUploaded => "picture-not-found", NotFound, "there is no such picture";
        Removed => "picture-removed", Conflict, "this picture was removed; upload it again";
        NotOfPerson => "picture-not-of-person", Invalid, "only a photo of a person needs somebody's consent";
    }
}

impl Decide<Picture> for GiveConsent {
    type Rejection = GiveConsentRejection;

    fn decide(&self, picture: &Picture) -> Result<Vec<PictureEvent>, GiveConsentRejection> {
        match (picture.progress, &picture.upload) {
            (Progress::Unknown, _) | (_, None) => Err(GiveConsentRejection::NotUploaded),
            (Progress::Removed, _) => Err(GiveConsentRejection::Removed),
            (_, Some(upload)) if upload.purpose != Purpose::Person => {
                Err(GiveConsentRejection::NotOfPerson)
            }
            _ if picture.consent.as_ref() == Some(&self.consent) => Ok(vec![]),
            _ => Ok(vec![PictureEvent::PhotoConsentGiven {
                consent: self.consent.clone(),
            }]),
        }
    }
}

/// No longer agree to what is done with a photo of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawConsent {}

rejections! {
    /// Why there is nothing to withdraw.
    WithdrawConsentRejection {
        NotUploaded => "picture-not-found", NotFound, "there is no such picture";
    }
}

impl Decide<Picture> for WithdrawConsent {
    type Rejection = WithdrawConsentRejection;

    fn decide(&self, picture: &Picture) -> Result<Vec<PictureEvent>, WithdrawConsentRejection> {
        if picture.progress == Progress::Unknown {
            return Err(WithdrawConsentRejection::NotUploaded);
        }
        let given = picture.consent.is_some();
        Ok(given
            .then_some(PictureEvent::PhotoConsentWithdrawn {})
            .into_iter()
            .collect())
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl Consent {
    /// To being shown garments on oneself.
    pub fn sample() -> Self {
        Self {
            purpose: ConsentPurpose::TryOn,
            policy: PolicyVersion::parse("2026-1").unwrap(),
            subject: PhotoSubject::Myself,
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn give() -> GiveConsent {
        GiveConsent {
            consent: Consent::sample(),
        }
    }

    #[test]
    fn consent_is_given_once_withdrawn_once_and_given_again() {
        let [uploaded, _, _, _, given, withdrawn, _] = PictureEvent::samples().try_into().unwrap();
        let photo = || TestFramework::<Picture>::with(()).given(vec![uploaded.clone()]);
        photo()
            .and(vec![given.clone()])
            .when(give().into())
            .then_expect_events(vec![]);
        photo()
            .and(vec![given.clone()])
            .when(WithdrawConsent {}.into())
            .then_expect_events(vec![withdrawn.clone()]);
        photo()
            .and(vec![given.clone(), withdrawn.clone()])
            .when(WithdrawConsent {}.into())
            .then_expect_events(vec![]);
        photo()
            .and(vec![given.clone(), withdrawn])
            .when(give().into())
            .then_expect_events(vec![given]);
    }

    #[test]
    fn other_words_are_agreed_to_anew() {
        let [uploaded, _, _, _, given, _, _] = PictureEvent::samples().try_into().unwrap();
        let consent = Consent {
            policy: PolicyVersion::parse("2027-1").unwrap(),
            ..Consent::sample()
        };
        TestFramework::<Picture>::with(())
            .given(vec![uploaded, given])
            .when(
                GiveConsent {
                    consent: consent.clone(),
                }
                .into(),
            )
            .then_expect_events(vec![PictureEvent::PhotoConsentGiven { consent }]);
    }

    #[test]
    fn only_a_photo_of_a_person_that_is_there_needs_consent() {
        let [uploaded, _, _, _, _, _, removed] = PictureEvent::samples().try_into().unwrap();
        let PictureEvent::PictureUploaded { original, .. } = uploaded.clone() else {
            panic!("the first sample is an upload");
        };
        let of_the_shop = PictureEvent::PictureUploaded {
            purpose: Purpose::Catalogue,
            owner: None,
            original,
        };
        for (given, why) in [
            (vec![], GiveConsentRejection::NotUploaded),
            (vec![of_the_shop], GiveConsentRejection::NotOfPerson),
            (vec![uploaded, removed], GiveConsentRejection::Removed),
        ] {
            TestFramework::<Picture>::with(())
                .given(given)
                .when(give().into())
                .then_expect_error(why.into());
        }
    }
}
