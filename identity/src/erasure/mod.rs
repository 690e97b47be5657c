//! Being forgotten: keys that make pictures unreadable when they go, and the going.

mod call_off_erasure;
mod erase;
mod master_keys;
mod request_erasure;
mod subject_keys;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::master_keys::MasterKeyError;
pub use self::{
    master_keys::{MasterKeys, MasterKeysError},
    subject_keys::SubjectKeys,
};
use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(request_erasure::request_erasure))
        .routes(routes!(call_off_erasure::call_off_erasure))
}
