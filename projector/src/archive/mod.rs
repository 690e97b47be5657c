//! A second copy of the log in PostgreSQL, in a hash chain: proves what was there, and can restore it.
//!
//! Written with `synchronous_commit`, unlike the views: when the log is gone, this is what is left.

mod chain;
mod pages;
mod restore;
mod run;
mod verify;

pub(crate) use self::{
    pages::end_in_tx,
    run::{Archiver, NAME},
};
pub use self::{
    restore::{RestoreError, restore_log},
    verify::{ArchiveError, ArchiveVerified, verify_archive},
};
