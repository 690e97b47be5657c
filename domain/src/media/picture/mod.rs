//! A picture: uploaded, then processed into renditions or refused. What is done with a photo of a person needs consent, and ends with it.

mod choose_focal_point;
mod consent;
mod events;
mod record_processed;
mod record_upload;
mod refuse_picture;
mod remove_picture;
mod renditions;
mod state;

pub use self::{
    choose_focal_point::{ChooseFocalPoint, ChooseFocalPointRejection},
    consent::{
        Consent, ConsentPurpose, GiveConsent, GiveConsentRejection, PhotoSubject, WithdrawConsent,
        WithdrawConsentRejection,
    },
    events::{FocalPoint, PictureEvent, PictureFormat, Purpose, Rendition, StoredPicture},
    record_processed::{RecordProcessed, RecordProcessedRejection},
    record_upload::{RecordUpload, RecordUploadRejection},
    refuse_picture::{RefusePicture, RefusePictureRejection},
    remove_picture::{Removal, RemovePicture, RemovePictureRejection},
    renditions::{
        RENDITION_FORMATS, RENDITION_WIDTHS_PX, WIDEST_RENDITION_PX, rendition_names,
        rendition_under,
    },
    state::{Picture, PictureCommand, PictureRejection, Progress, Upload},
};
