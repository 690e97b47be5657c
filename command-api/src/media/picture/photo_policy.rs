//! What people agree to when they upload a photo.

use std::time::Duration;

use domain::{
    media::picture::{Consent, ConsentPurpose, PhotoSubject},
    shared::PolicyVersion,
};
use http::StatusCode;
use http_kit::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

/// What is agreed to, and for how long pictures of people are kept.
#[derive(Debug, Clone)]
pub struct PhotoPolicy {
    /// The version of the words that are in force.
    pub version: PolicyVersion,
    /// Where they can be read.
    pub url: Option<String>,
    /// For how long a photo is kept after it was used last; for ever without.
    pub photos_kept: Option<Duration>,
    /// For how long a result is kept that no outfit holds; for ever without.
    pub results_kept: Option<Duration>,
}

impl PhotoPolicy {
    /// These words, and nothing ever goes by itself.
    pub fn new(version: PolicyVersion) -> Self {
        Self {
            version,
            url: None,
            photos_kept: None,
            results_kept: None,
        }
    }

    /// The consent that comes along with a photo of a person.
    ///
    /// # Errors
    /// 422 `consent-wanted` without one, `consent-outdated` where it is to other words than those in force.
    pub fn agreed(
        &self,
        stated: Option<&str>,
        subject: Option<PhotoSubjectParam>,
    ) -> Result<Consent, Problem> {
        let (Some(stated), Some(subject)) = (stated, subject) else {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "consent-wanted",
                "A photo of a person needs their consent",
            )
            .detail(format!(
                "Show what GET /v1/photo-policy says; when the person agrees, send consent={} and subject=myself, or \
                 subject=permitted where the photo shows somebody else who allowed it.",
                self.version
            )));
        };
        self.consent(stated, subject)
    }

    /// The consent that a caller states, if it is to the words in force.
    pub(super) fn consent(
        &self,
        stated: &str,
        subject: PhotoSubjectParam,
    ) -> Result<Consent, Problem> {
        if stated != self.version.as_str() {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "consent-outdated",
                "These are not the words that are in force",
            )
            .detail(format!(
                "Show what GET /v1/photo-policy says, and send its version, {}, when the person agrees.",
                self.version
            )));
        }
        Ok(Consent {
            purpose: ConsentPurpose::TryOn,
            policy: self.version.clone(),
            subject: subject.into(),
        })
    }

    /// Whether somebody who agreed to this has agreed to the words in force.
    pub(crate) fn covers(&self, consent: Option<&Consent>) -> bool {
        consent.is_some_and(|consent| consent.policy == self.version)
    }
}

/// Who a photo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PhotoSubjectParam {
    /// Whoever uploads it.
    Myself,
    /// Somebody else, who allowed it.
    Permitted,
}

impl From<PhotoSubjectParam> for PhotoSubject {
    fn from(subject: PhotoSubjectParam) -> Self {
        match subject {
            PhotoSubjectParam::Myself => Self::Myself,
            PhotoSubjectParam::Permitted => Self::Permitted,
        }
    }
}
