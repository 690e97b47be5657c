#![doc = include_str!("../README.md")]

mod append;
mod clock;
mod commit;
mod config;
mod connect;
mod error;
mod execute;
mod executor;
mod follow;
mod group;
mod log;
mod metadata;
mod monitor;
mod open;
mod position;
mod read;
mod restore;
mod settings;
mod state;
mod store;
mod subject;
mod work_queue;

pub use clock::Clock;
pub use commit::{Commit, DecodeError, RawMessage, RecordedEvent};
pub use config::{EventLogConfig, MAX_COMMIT_BYTES};
pub use connect::{ConnectError, connect};
pub use error::{CorruptLog, ExecuteError, InvalidId, LogError, OpenError};
pub use executor::{Executor, ExecutorOptions, Loaded, Outcome};
pub use log::{EventLog, Page};
pub use metadata::CommandContext;
pub use position::{Epoch, ParsePositionError, Position};
pub use settings::Difference;
pub use store::{JetStreamContext, JetStreamEventStore};
pub use subject::SubjectFilter;
pub use work_queue::{Job, Verdict, WorkQueue, WorkQueueOptions};
