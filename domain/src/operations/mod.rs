//! What is decided about the running system.

pub mod projection;
