//! What can go wrong with a replay.

use std::path::PathBuf;

use jetstream_es::{LogError, Position};

/// A filter that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}: {detail}")]
pub struct FilterError {
    /// Which of its parts.
    pub parameter: &'static str,
    /// What is wrong with it.
    pub detail: String,
    /// The position belongs to another log, or to a part that this log has lost.
    pub other_epoch: bool,
}

/// Why a replay ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[from] LogError),
    /// The filter and this log do not go together.
    #[error("the filter cannot be used")]
    Filter(#[from] FilterError),
    /// Something stands already where the result should go.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The result would be larger than is allowed.
    #[error("the result would be larger than {0} bytes")]
    TooLarge(u64),
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An event does not fit the columns of its schema.
    #[error(
        "an event among {type_name} up to {position} does not fit its columns; `verify` names it"
    )]
    Misfit {
        /// The sort of event.
        type_name: String,
        /// The last event that was tried.
        position: Position,
        /// What the columns say.
        #[source]
        source: arrow_schema::ArrowError,
    },
    /// A schema has no columns.
    #[error("a schema cannot be made into columns")]
    Columns(#[from] crate::columns::ColumnsError),
    /// Parquet refuses.
    #[error("cannot write Parquet")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A column cannot be made.
    #[error("cannot make columns")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// A row cannot be written as JSON or CSV.
    #[error("cannot write a row")]
    Row(#[source] std::io::Error),
    /// The thread that writes died.
    #[error("the writer stopped")]
    WriterStopped,
}

impl ReplayError {
    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::Write { path, source }
    }
}
