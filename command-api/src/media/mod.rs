//! Pictures.

pub(crate) mod picture;
