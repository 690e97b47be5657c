//! What an authority says of when a signature was there (RFC 3161): the question, the answer, and who is believed. Nothing is sent here.

mod attestation;
mod authorities;
mod request;
mod token;

pub(super) use self::attestation::attestation_of;
pub use self::{
    attestation::Attestation,
    authorities::{Authorities, AuthoritiesError},
    request::{TimeStamp, TimeStampError, TimeStampRequest},
};
