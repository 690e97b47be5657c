//! A new generation of a view, built beside the live one and switched in.
//!
//! 1. The tables are made in the schema `drape_next`, empty and alike.
//! 2. Commits are applied to them in large batches, up to where the live view stands.
//! 3. At the same position, with the live checkpoint locked, old and new rows are compared.
//! 4. In the same transaction the new tables take the place of the old ones, and the checkpoint goes with them.
//!
//! A live view of an older version stands still, so it is compared as soon as the new one gets there, and the new one
//! goes on to the end of the log before the switch. Whatever ends the process in between, the next one goes on from the
//! checkpoint of the new generation.

mod ask;
mod compare;
mod prepare;
mod switch;
mod task;

pub use self::compare::{Comparison, TableDifference};
pub(crate) use self::{
    ask::{Cause, ask_in_tx, cancel_in_tx},
    task::Rebuilder,
};
