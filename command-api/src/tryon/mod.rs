//! Seeing a garment on a person.

pub(crate) mod session;
