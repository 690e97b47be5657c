//! Who uses the shop. Nothing that names a person is ever in the log.

pub mod account;
pub mod signing_keys;
