//! What admins decide about people and keys, on its way into the log: noted with what it changes, told when the log is there.

mod decided;
mod note;
mod tell;

pub(crate) use self::{decided::Decided, note::note_in_tx};
