//! What can go wrong in a projection: a commit that cannot be applied, a halt, a setback that passes.

use jetstream_es::{DecodeError, Epoch, LogError, Position};
use thiserror::Error;

/// Why a commit could not be applied.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// An event is not as the domain knows it.
    #[error("the commit cannot be read")]
    Decode(#[from] DecodeError),
    /// The stored document is not as the view knows it.
    #[error("the view's document cannot be read or written")]
    Document(#[from] serde_json::Error),
    /// The time cannot be written.
    #[error("the commit's time cannot be written")]
    Time(#[from] time::error::Format),
    /// The commit does not fit to what the view has seen.
    #[error("unexpected: {0}")]
    Unexpected(&'static str),
    /// PostgreSQL refused or did not answer.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Why a view stopped for good. A person has to look at it; nothing was skipped.
#[derive(Debug, Error)]
pub enum HaltError {
    /// The log is another one than the view was built from.
    #[error("the view was built from epoch {expected} of the log, which now has {found}")]
    EpochChanged {
        /// The checkpoint's epoch.
        expected: String,
        /// The log's epoch.
        found: Epoch,
    },
    /// The log lost its tail.
    #[error("the view has seen sequence {checkpoint}, but the log ends at {last}")]
    LogBehind {
        /// The checkpoint's sequence.
        checkpoint: u64,
        /// The last sequence of the log.
        last: u64,
    },
    /// The log lost its tail and grew another one.
    #[error("the log holds something else at sequence {sequence} than the view has seen there")]
    LogDiffers {
        /// Where.
        sequence: u64,
    },
    /// A newer build of this view is in the database.
    #[error("the database holds version {found} of the view, this program builds {ours}")]
    Superseded {
        /// The version that is there.
        found: i32,
        /// The version of this program.
        ours: i32,
    },
    /// A commit was tried again and again.
    #[error("cannot apply {position} after {tries} tries")]
    Poison {
        /// The commit.
        position: Position,
        /// How often it was tried.
        tries: u32,
        /// What the last try met.
        #[source]
        source: ApplyError,
    },
}

/// Why a view starts again from its checkpoint.
#[derive(Debug, Error)]
pub(crate) enum Setback {
    #[error("the database is away")]
    Database(#[from] sqlx::Error),
    #[error("the database does not answer in time")]
    TimedOut,
    #[error("the log is away")]
    Log(#[from] LogError),
    #[error("another instance moves this view")]
    AnotherInstance,
    #[error("the follower of the log ended")]
    FollowerEnded,
}

/// Why a view's work stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Halt(HaltError),
    Setback(Setback),
}

impl From<HaltError> for Stop {
    fn from(error: HaltError) -> Self {
        Self::Halt(error)
    }
}

impl<E: Into<Setback>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Setback(error.into())
    }
}

/// Whether the database may well take the same statement a moment later.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    if let Some(refusal) = error.as_database_error() {
        // Connection, transaction rollback, resources, operator intervention, system error.
        let class = refusal.code();
        return class
            .as_deref()
            .and_then(|code| code.get(..2))
            .is_some_and(|class| ["08", "40", "53", "57", "58"].contains(&class));
    }
    matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
    )
}
