//! Writes over HTTP: a request becomes a command, the answer says where in the log it stands.
//!
//! One file per endpoint, named as the command in `domain`. Holds no rules (those are `domain`'s) and knows no SQL:
//! what must be checked across aggregates is read from the log itself.

mod api;
mod catalog;
mod identity;
mod media;
mod rejection;
mod tryon;
mod wardrobe;

pub use self::{
    api::{CommandApi, document, router},
    catalog::imports::{
        ImportContext, ImportError, ImportOptions, ImportReport, ImportState, ImportStatus,
        Importer, Imports, PictureFiles, SpoolOptions, garment_id, item_of, tell_stock,
    },
    media::picture::{PhotoPolicy, PhotoSubjectParam, read_picture, unusable_picture},
    tryon::session::{
        Checking, Counting, Finding, FindingSubject, FittingRoom, OpenTryOns, TryOnCounter,
        TryOnLimit, no_engine,
    },
};
pub use http_kit::Written;
