//! What can go wrong in a projection: a commit that cannot be applied, a halt, a setback that passes.

use jetstream_es::{DecodeError, Epoch, LogError};
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
    /// The aggregate's id is none of ours.
    #[error("the aggregate's id is no UUID")]
    NoUuid,
    /// The commit does not fit to what the view has seen.
    #[error("out of order: {0}")]
    Unexpected(&'static str),
    /// The view made nothing of a row that was there.
    #[error("the view lost the row")]
    RowLost,
    /// PostgreSQL refused or did not answer.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// The sort of thing that keeps a commit from being applied: says who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureClass {
    /// The commit is damaged or is not as its writer promised.
    Data,
    /// The view or its tables refuse what is allowed to happen.
    Code,
    /// The program does not know an event of this type: it is older than the writer.
    UnknownType,
    /// A commit of the aggregate is missing before it.
    Order,
    /// Nothing is wrong with it: one of its aggregate before it is parked.
    Held,
}

impl FailureClass {
    /// The name in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Code => "code",
            Self::UnknownType => "unknown-type",
            Self::Order => "order",
            Self::Held => "held",
        }
    }
}

impl ApplyError {
    /// What sort of failure it is.
    pub fn class(&self) -> FailureClass {
        match self {
            // serde names no kinds: its words are all there is.
            Self::Decode(error)
                if error.is_newer || error.source.to_string().starts_with("unknown variant") =>
            {
                FailureClass::UnknownType
            }
            Self::Decode(_) | Self::Time(_) | Self::NoUuid => FailureClass::Data,
            Self::Document(_) | Self::RowLost | Self::Database(_) => FailureClass::Code,
            Self::Unexpected(_) => FailureClass::Order,
        }
    }
}

/// Why a view stopped for good. A person has to look at it; nothing was skipped.
#[derive(Debug, Error)]
pub enum HaltError {
    /// The log is another one than the view was built from.
    #[error(
        "the view was built from epoch {expected} of the log, which now has {found}: if the log was restored, run \
         `drape projections adopt-epoch`; if it was meant to be another, `drape projections rebuild`"
    )]
    EpochChanged {
        /// The checkpoint's epoch.
        expected: String,
        /// The log's epoch.
        found: Epoch,
    },
    /// The log lost its tail.
    #[error(
        "the view has seen sequence {checkpoint}, but the log ends at {last}: it lost its tail; stop all writers, look \
         with `drape archive verify` and complete the log with `drape archive restore`"
    )]
    LogBehind {
        /// The checkpoint's sequence.
        checkpoint: u64,
        /// The last sequence of the log.
        last: u64,
    },
    /// The log lost its tail and grew another one.
    #[error(
        "the log holds something else at sequence {sequence} than the view has seen there: it lost its tail and grew \
         another one; stop all writers and look with `drape archive verify`"
    )]
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
    #[error("readers keep the tables busy: the switch is tried again later")]
    TablesBusy,
}

/// What a view waits for that a person or the program itself has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    Paused,
    /// Its rows are of an older version; the new generation is being built.
    Outdated,
}

/// Why a view's work stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Halt(HaltError),
    Hold(Hold),
    Setback(Setback),
}

impl From<HaltError> for Stop {
    fn from(error: HaltError) -> Self {
        Self::Halt(error)
    }
}

impl From<Hold> for Stop {
    fn from(hold: Hold) -> Self {
        Self::Hold(hold)
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
