//! What people decide about projections, on its way into the log: noted with what it changes, told when the log is there.

mod decider;
mod note;
mod tell;

pub use self::decider::Decider;
pub(crate) use self::{note::note_in_tx, tell::Teller};
