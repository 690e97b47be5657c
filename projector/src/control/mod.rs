//! What people do with projections: look at them, pause them, build them anew, decide about dead letters.
//!
//! Everything goes through PostgreSQL, so it does not matter which process is asked, nor whether a projector runs.

mod adopt_epoch;
mod dead_letters;
mod decide;
mod list;
mod listen;
mod pause;
mod rebuild_here;

pub use self::{
    adopt_epoch::{AdoptError, Adopted, adopt_epoch},
    dead_letters::{DeadLetter, DeadLetterFilter, dead_letters},
    decide::{Decision, discard_dead_letter, retry_dead_letter},
    list::{Projection, Rebuild, projections},
    pause::{pause, resume},
    rebuild_here::{cancel_rebuild, rebuild_here, request_rebuild},
};
pub(crate) use self::{
    decide::retry_after_deploy,
    listen::{listen, tell_in_tx},
};

use jetstream_es::LogError;
use thiserror::Error;

use crate::{HaltError, view::AnyView, views};

/// Why something could not be done.
#[derive(Debug, Error)]
pub enum ControlError {
    /// There is no such view.
    #[error("there is no view {0}")]
    NoView(String),
    /// There is no such dead letter, or it was decided about already.
    #[error("there is no dead letter {0}")]
    NoDeadLetter(i64),
    /// Somebody else changed it at the same time.
    #[error("it was changed at the same time; look again")]
    Changed,
    /// The log does not agree with the views.
    #[error("the log does not agree")]
    Halted(#[from] HaltError),
    /// It takes longer than it may, or waits for another instance.
    #[error("it has to wait: {0}")]
    Waits(String),
    /// PostgreSQL refused or did not answer.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The log did not answer.
    #[error("the event log failed")]
    Log(#[from] LogError),
}

fn view_named(name: &str) -> Result<AnyView, ControlError> {
    views::all()
        .into_iter()
        .find(|view| view.name == name)
        .ok_or_else(|| ControlError::NoView(name.to_owned()))
}
