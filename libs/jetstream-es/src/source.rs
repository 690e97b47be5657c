//! One consumer of the log, whose deliveries are counted: what follows and replays are made of.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, pull};
use futures::StreamExt;
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::commit::{Commit, Stored};
use crate::error::LogError;
use crate::log::EventLog;
use crate::open::REQUEST_TIMEOUT;
use crate::subject::SubjectFilter;

/// A lost server is noticed after two missed heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(1);
const EXPIRES: Duration = Duration::from_secs(5);
/// The server forgets a consumer that nobody asks any more.
const FORGOTTEN: Duration = Duration::from_secs(20);

/// What one request to the consumer asks for at most.
#[derive(Clone, Copy)]
pub(crate) struct Pull {
    pub(crate) messages: usize,
    pub(crate) bytes: Option<usize>,
}

pub(crate) struct Source {
    messages: pull::Stream,
    /// Messages that it has delivered: its next one must have the next number.
    delivered: u64,
    doing: &'static str,
}

/// A commit, and how many more the consumer has.
pub(crate) struct Delivery {
    pub(crate) commit: Commit,
    pub(crate) pending: u64,
}

/// A consumer that was not asked for anything yet.
pub(crate) struct Made {
    consumer: Consumer<pull::Config>,
    /// What it has to deliver now.
    pub(crate) pending: u64,
    doing: &'static str,
}

impl Made {
    /// A consumer of what the filter wants after `last`.
    pub(crate) async fn new(
        log: &EventLog,
        filter: &SubjectFilter,
        last: u64,
        doing: &'static str,
    ) -> Result<Self, LogError> {
        let inner = &log.inner;
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: last + 1,
            },
            ack_policy: AckPolicy::None,
            filter_subjects: filter.subjects(&inner.subjects)?,
            memory_storage: true,
            num_replicas: 1,
            inactive_threshold: FORGOTTEN,
            ..pull::Config::default()
        };
        let created = inner
            .context
            .create_consumer_on_stream(config, inner.stream_name.as_str());
        let created = timeout(REQUEST_TIMEOUT, created).await;
        let consumer = created.map_err(|_| LogError::TimedOut { doing })?;
        let consumer = consumer.map_err(|error| LogError::client(doing, error))?;
        let pending = consumer.cached_info().num_pending;
        Ok(Self {
            consumer,
            pending,
            doing,
        })
    }

    /// Has it deliver.
    pub(crate) async fn open(self, pull: Pull) -> Result<Source, LogError> {
        let doing = self.doing;
        let mut messages = self
            .consumer
            .stream()
            .max_messages_per_batch(pull.messages)
            .heartbeat(HEARTBEAT)
            .expires(EXPIRES);
        if let Some(bytes) = pull.bytes {
            messages = messages.max_bytes_per_batch(bytes);
        }
        let messages = messages.messages().await;
        Ok(Source {
            messages: messages.map_err(|error| LogError::client(doing, error))?,
            delivered: 0,
            doing,
        })
    }
}

impl Source {
    /// The next commit. Waits for ever where there is none. May be given up while it waits.
    pub(crate) async fn next(&mut self, log: &EventLog) -> Result<Delivery, LogError> {
        let doing = self.doing;
        let message = self.messages.next().await.ok_or(LogError::Disconnected)?;
        let message = message.map_err(|error| LogError::client(doing, error))?;
        let info = message
            .info()
            .map_err(|error| LogError::client(doing, error))?;
        if info.consumer_sequence != self.delivered + 1 {
            let (found, before) = (info.consumer_sequence, self.delivered);
            let detail = format!("delivery {found} came after {before}");
            return Err(LogError::client(doing, detail));
        }
        self.delivered += 1;
        let published = info.published.unix_timestamp_nanos();
        let commit = log.commit_from(&Stored {
            subject: &message.subject,
            sequence: info.stream_sequence,
            headers: message.headers.as_ref(),
            body: &message.payload,
            time: OffsetDateTime::from_unix_timestamp_nanos(published).ok(),
        });
        Ok(Delivery {
            commit,
            pending: info.pending,
        })
    }
}
