//! Trying garments on.

pub mod session;
