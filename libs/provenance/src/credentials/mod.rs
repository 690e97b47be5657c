//! Content credentials: a C2PA manifest in the file, signed, that says that a trained algorithm had a part in the picture.
//!
//! Written and read as the C2PA specification (2.3) has it, as far as pictures need it: one manifest with a claim of version 2, an assertion
//! of what was done and one that binds it to the file's bytes. No thumbnail, no other picture and nothing about people is in it. Nothing
//! is ever fetched. A time is the signer's own word, unless an authority attests it ([`TimeStampRequest`]); whoever asks it lives elsewhere.
//!
//! Of what others wrote, the newest manifest is read. What it says of other pictures that went into this one is not followed.

#![expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "names of four bytes are written as byte strings"
)]

mod cbor;
mod certificate;
mod chain;
mod container;
mod cose;
mod der;
mod hash;
mod jumbf;
mod manifest;
mod read;
mod sign;
mod time_stamp;

pub use self::{
    chain::{Chain, ChainError},
    read::Reading,
    sign::{CredentialsError, Signer, Unstamped},
    time_stamp::{
        Attestation, Authorities, AuthoritiesError, TimeStamp, TimeStampError, TimeStampRequest,
    },
};

/// What a picture's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    WebP,
}
