//! What can go wrong, one enum per thing that can fail.

use crate::settings::Difference;

/// An id or header value that would not survive as a part of a subject or header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}, not {value:?}")]
pub struct InvalidId {
    /// What the value was for, such as `aggregate id`.
    pub what: &'static str,
    /// What it must look like.
    pub rule: &'static str,
    /// The value, cut to 100 characters.
    pub value: String,
}

impl InvalidId {
    pub(crate) fn new(what: &'static str, rule: &'static str, value: &str) -> Self {
        Self {
            what,
            rule,
            value: value.chars().take(100).collect(),
        }
    }
}

/// Something in the log is not what this crate wrote, or is missing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log is damaged at sequence {sequence} ({subject}): {detail}")]
pub struct CorruptLog {
    /// Sequence of the message that cannot be used.
    pub sequence: u64,
    /// Its subject.
    pub subject: String,
    /// What is wrong.
    pub detail: String,
}

/// A read of the log, or the part of a write that is not about the command, failed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// No answer in time. `doing` says what was asked.
    #[error("no answer from the event log in time while {doing}")]
    TimedOut {
        /// What was asked.
        doing: &'static str,
    },
    /// The connection to the server is down; nothing was sent.
    #[error("not connected to the event log")]
    Disconnected,
    /// The server refused. Codes are those of the `JetStream` API.
    #[error("the event log refused while {doing}: {description} ({code})")]
    Refused {
        /// What was asked.
        doing: &'static str,
        /// Error code of the server, 0 when it gave none.
        code: u64,
        /// Its words.
        description: String,
    },
    /// The client library failed.
    #[error("the event log client failed while {doing}")]
    Client {
        /// What was asked.
        doing: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another message took the id of this commit; the commit was not stored.
    #[error("the message id of the commit is taken by sequence {sequence} ({subject})")]
    MessageIdTaken {
        /// Sequence of the other message.
        sequence: u64,
        /// Its subject.
        subject: String,
    },
    /// The stream was replaced while it was in use.
    #[error("the event log now has epoch {found}, not {expected}")]
    EpochChanged {
        /// Epoch when it was opened.
        expected: String,
        /// Epoch now.
        found: String,
    },
    /// An id, type or filter that cannot be a subject.
    #[error(transparent)]
    InvalidId(#[from] InvalidId),
    /// A commit in the log cannot be used.
    #[error(transparent)]
    Corrupt(#[from] CorruptLog),
}

impl LogError {
    pub(crate) fn client(
        doing: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Client {
            doing,
            source: source.into(),
        }
    }

    pub(crate) fn refused(doing: &'static str, error: &async_nats::jetstream::Error) -> Self {
        Self::Refused {
            doing,
            code: error.error_code().0,
            description: error.to_string(),
        }
    }

    /// Whether the same request may succeed a moment later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Disconnected | Self::Client { .. } => true,
            Self::Refused { code, .. } => matches!(code, 0 | 10008 | 10023 | 10167 | 10074),
            Self::MessageIdTaken { .. }
            | Self::EpochChanged { .. }
            | Self::InvalidId(_)
            | Self::Corrupt(_) => false,
        }
    }
}

/// The log cannot be used as it is. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Older servers store atomic batches torn, ignore expectations or lose data.
    #[error("nats-server {found} is too old: {needed} or newer is needed")]
    ServerTooOld {
        /// Version that the server announced.
        found: String,
        /// Oldest version that works.
        needed: &'static str,
    },
    /// The server may acknowledge what a power cut then takes away.
    #[error("the server does not sync every message to disk (sync_interval: always): {detail}")]
    UnsafeSync {
        /// What was seen.
        detail: String,
    },
    /// The monitoring address did not answer as expected.
    #[error("cannot read {url}: {detail}")]
    Monitor {
        /// Address that was asked.
        url: String,
        /// What happened.
        detail: String,
    },
    /// A stream of this name exists with other settings. It was left as it is.
    #[error("the stream {stream} exists with other settings: {}", list(.differences))]
    OtherSettings {
        /// Name of the stream.
        stream: String,
        /// Each setting that differs.
        differences: Vec<Difference>,
    },
    /// The prefix or the stream's name cannot be used.
    #[error(transparent)]
    InvalidConfig(#[from] InvalidId),
    /// The server could not be asked.
    #[error("cannot open the event log")]
    Log(#[source] LogError),
}

impl OpenError {
    /// Whether trying again may help without anybody's doing anything: the server starts, stops or is busy.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Log(error) => error.is_passing(),
            Self::Monitor { .. } => true,
            Self::ServerTooOld { .. }
            | Self::UnsafeSync { .. }
            | Self::OtherSettings { .. }
            | Self::InvalidConfig(_) => false,
        }
    }
}

fn list(differences: &[Difference]) -> String {
    differences
        .iter()
        .map(Difference::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Why a command was not carried out, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E: std::error::Error + 'static> {
    /// The aggregate refused the command.
    #[error("the command was rejected")]
    Rejected(#[source] E),
    /// Other writers changed the aggregate again and again. Nothing was stored.
    #[error("other writers changed the aggregate at the same time")]
    Conflict,
    /// The aggregate is not at the version that the command was meant for. Nothing was stored.
    #[error("the command was meant for version {expected}, and the aggregate is at {found}")]
    WrongVersion {
        /// What [`Executor::execute_at`](crate::Executor::execute_at) was given.
        expected: u64,
        /// Events of the aggregate so far.
        found: u64,
    },
    /// A command with this id was carried out before, for another request. Nothing was stored now.
    #[error("the command id belongs to another request")]
    CommandIdReused,
    /// The log cannot be reached. Nothing was stored; try again later.
    #[error("the event log is not available")]
    Unavailable(#[source] LogError),
    /// The commit was sent and no answer came: it may have been stored, or may still be.
    /// Repeat with the same command id to find out without doubling it.
    #[error("it is unknown whether the command was stored")]
    OutcomeUnknown(#[source] LogError),
    /// The log reached its size limit. Nothing was stored; an operator has to act.
    #[error("the event log is full")]
    LogFull,
    /// The events of the command do not fit into one commit. Nothing was stored.
    #[error("the commit has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// Size of the commit.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
    /// The aggregate id or a value of the context cannot be used. Nothing was stored.
    #[error("an id cannot be used")]
    InvalidId(#[source] InvalidId),
    /// The history of the aggregate cannot be read. Nothing was stored.
    #[error("the aggregate's history is damaged")]
    Corrupt(#[source] CorruptLog),
}
