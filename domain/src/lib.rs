//! The rules: what may happen (commands) and what happened (events).
//!
//! Pure: no clock, no randomness, no I/O. Every aggregate is a `cqrs_es::Aggregate`; every command
//! stands in a file of its own with the rejections that it may meet and its given/when/then tests.
//! Who asked, when and why is the envelope's business, not the event's.

mod decision;
mod event_kinds;
mod rejection;

pub mod catalog;
pub mod identity;
pub mod media;
pub mod operations;
pub mod shared;
pub mod tryon;
pub mod wardrobe;

pub use self::event_kinds::{EventKind, event_kinds};
pub use self::rejection::{Rejection, RejectionKind};
