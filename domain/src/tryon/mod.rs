//! Trying garments on.

pub mod session;
pub mod suitability;
