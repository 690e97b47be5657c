//! What admins decide about people, on its way into the log: noted with what it changes, told when the log is there.

mod note;
mod tell;

pub(crate) use self::note::note_in_tx;
