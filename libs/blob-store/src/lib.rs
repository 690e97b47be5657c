//! Content-addressed blobs on a directory (`file://`) or in a bucket (`s3://`).
//!
//! A blob is named by the SHA-256 of its bytes: writing it twice is writing it once, and a read that does not hash to its
//! name is an error, never an answer. Blobs of a subject are sealed under a key that somebody else keeps, and go away
//! together, or those of one thing of theirs.
//! On a directory, `put` returns after the file and its directory are on disk.
//! Knows nothing of what the bytes mean.

mod hash;
mod kept;
mod open;
mod owned;
mod sealing;
mod store;
mod texts;

pub use self::{
    hash::{BlobHash, InvalidHash},
    open::{OpenError, S3Options},
    owned::{Blobs, Owned},
    sealing::{FindingKey, KeysUnavailable, NotSealed, SealingKey, SubjectKeys, Unsealable},
    store::{BlobError, BlobStore},
    texts::{TextError, TextKey},
};
