//! What a decision about a picture needs to remember, and what the media service asks for.

use serde::{Deserialize, Serialize};

use super::{
    ChooseFocalPoint, ChooseFocalPointRejection, Consent, FocalPoint, GiveConsent,
    GiveConsentRejection, PictureEvent, Purpose, RecordProcessed, RecordProcessedRejection,
    RecordUpload, RecordUploadRejection, RefusePicture, RefusePictureRejection, RemovePicture,
    RemovePictureRejection, Rendition, StoredPicture, WithdrawConsent, WithdrawConsentRejection,
    rendition_under,
};
use crate::{decision::commands, shared::AccountId};

/// How far a picture has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Progress {
    /// Never uploaded.
    #[default]
    Unknown,
    /// Stored; renditions are yet to come.
    Uploaded,
    /// Renditions are stored.
    Ready,
    /// It cannot be used.
    Refused,
    /// Nothing of it is kept.
    Removed,
}

/// What was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is.
    pub owner: Option<AccountId>,
    /// What lies in the blob store.
    pub original: StoredPicture,
}

/// A picture, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Picture {
    pub(super) progress: Progress,
    pub(super) upload: Option<Upload>,
    pub(super) renditions: Vec<Rendition>,
    #[serde(default)]
    pub(super) focal_point: Option<FocalPoint>,
    #[serde(default)]
    pub(super) consent: Option<Consent>,
}

impl Picture {
    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// What was uploaded, if anything.
    pub fn upload(&self) -> Option<&Upload> {
        self.upload.as_ref()
    }

    /// What its owner agreed to, and still does.
    pub fn consent(&self) -> Option<&Consent> {
        self.consent.as_ref()
    }

    /// What lies in the blob store under this name: `original` or a rendition. Nothing, once it is removed.
    pub fn stored(&self, rendition: &str) -> Option<&StoredPicture> {
        if self.progress == Progress::Removed {
            return None;
        }
        if rendition == "original" {
            return self.upload.as_ref().map(|upload| &upload.original);
        }
        rendition_under(&self.renditions, rendition).map(|rendition| &rendition.stored)
    }

    pub(super) fn evolve(&mut self, event: PictureEvent) {
        match event {
            PictureEvent::PictureUploaded {
                purpose,
                owner,
                original,
            } => {
                self.progress = Progress::Uploaded;
                self.upload = Some(Upload {
                    purpose,
                    owner,
                    original,
                });
            }
            PictureEvent::PictureProcessed { renditions, .. } => {
                self.progress = Progress::Ready;
                self.renditions = renditions;
            }
            PictureEvent::FocalPointChosen { focal_point } => {
                self.focal_point = Some(focal_point);
            }
            PictureEvent::PictureRefused { .. } => self.progress = Progress::Refused,
            PictureEvent::PhotoConsentGiven { consent } => self.consent = Some(consent),
            PictureEvent::PhotoConsentWithdrawn {} => self.consent = None,
            PictureEvent::PictureRemoved { .. } => self.progress = Progress::Removed,
        }
    }
}

commands! {
    Picture: "media.picture", PictureEvent;
    PictureCommand, PictureRejection {
        RecordUpload or RecordUploadRejection,
        RecordProcessed or RecordProcessedRejection,
        RefusePicture or RefusePictureRejection,
        ChooseFocalPoint or ChooseFocalPointRejection,
        GiveConsent or GiveConsentRejection,
        WithdrawConsent or WithdrawConsentRejection,
        RemovePicture or RemovePictureRejection,
    }
}
