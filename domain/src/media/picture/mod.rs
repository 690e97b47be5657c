//! A picture: uploaded, then processed into renditions or refused.

mod events;
mod record_processed;
mod record_upload;
mod refuse_picture;
mod state;

pub use self::{
    events::{PictureEvent, PictureFormat, Purpose, Rendition, StoredPicture},
    record_processed::{RecordProcessed, RecordProcessedRejection},
    record_upload::{RecordUpload, RecordUploadRejection},
    refuse_picture::{RefusePicture, RefusePictureRejection},
    state::{Picture, PictureCommand, PictureRejection, Progress, Upload},
};
