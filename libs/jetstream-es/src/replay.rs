//! A stretch of the log, once, in order and fast: what exports and audits read.
//!
//! Pulls large batches through a consumer of its own, so that the server sends ahead while the reader works; what is in
//! flight is bounded in messages and in bytes.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures::{Stream, StreamExt, stream};
use time::OffsetDateTime;
use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::commit::{Commit, Stored};
use crate::error::LogError;
use crate::log::EventLog;
use crate::open::REQUEST_TIMEOUT;
use crate::subject::SubjectFilter;

const DOING: &str = "replaying the log";
const PULL: usize = 4_096;
const PULL_BYTES: usize = 8 << 20;
const EXPIRES: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(10);
/// A server that restarts is away for a second or two.
const ATTEMPTS: u32 = 8;
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

struct Replay {
    log: EventLog,
    filter: SubjectFilter,
    /// Sequence of the last commit that was handed out.
    last: u64,
    through: u64,
    source: Option<Source>,
    failures: u32,
    done: bool,
}

struct Source {
    messages: pull::Stream,
    /// Messages that this consumer has delivered: its next one must have the next number.
    delivered: u64,
}

pub(crate) fn replay(
    log: EventLog,
    after: u64,
    through: u64,
    filter: SubjectFilter,
) -> impl Stream<Item = Result<Commit, LogError>> + Send + 'static {
    let replay = Replay {
        log,
        filter,
        last: after,
        through,
        source: None,
        failures: 0,
        done: false,
    };
    stream::unfold(replay, |mut replay| async move {
        let next = replay.next().await?;
        Some((next, replay))
    })
}

impl Replay {
    /// The next commit, nothing at the end, or why it cannot be had; after that nothing more.
    async fn next(&mut self) -> Option<Result<Commit, LogError>> {
        while !self.done && self.last < self.through {
            match self.try_next().await {
                Ok(Some(commit)) if commit.position.sequence <= self.through => {
                    self.last = commit.position.sequence;
                    self.failures = 0;
                    return Some(Ok(commit));
                }
                Ok(_) => break,
                Err(failure) if failure.is_passing() && self.failures < ATTEMPTS => {
                    let last = self.last;
                    warn!(error = %failure, last, "the log is away; replaying it again after {last}");
                    self.source = None;
                    self.failures += 1;
                    let pause = Duration::from_millis(20) * 2_u32.pow(self.failures);
                    sleep(pause.min(LONGEST_PAUSE)).await;
                }
                Err(failure) => {
                    self.done = true;
                    return Some(Err(failure));
                }
            }
        }
        self.done = true;
        None
    }

    /// One message; none when there is no further one.
    async fn try_next(&mut self) -> Result<Option<Commit>, LogError> {
        if self.source.is_none() {
            let Some(opened) = self.open().await? else {
                return Ok(None);
            };
            self.source = Some(opened);
        }
        let Some(source) = &mut self.source else {
            return Ok(None);
        };
        let message = timeout(SILENCE, source.messages.next()).await;
        let message = message.map_err(|_| LogError::TimedOut { doing: DOING })?;
        let message = message.ok_or(LogError::Disconnected)?;
        let message = message.map_err(|error| LogError::client(DOING, error))?;
        let info = message
            .info()
            .map_err(|error| LogError::client(DOING, error))?;
        if info.consumer_sequence != source.delivered + 1 {
            let (found, before) = (info.consumer_sequence, source.delivered);
            let detail = format!("delivery {found} came after {before}");
            return Err(LogError::client(DOING, detail));
        }
        source.delivered += 1;
        if info.pending == 0 {
            // Whatever comes later came after the end of the stretch.
            self.through = self.through.min(info.stream_sequence);
        }
        let published = info.published.unix_timestamp_nanos();
        Ok(Some(self.log.commit_from(&Stored {
            subject: &message.subject,
            sequence: info.stream_sequence,
            headers: message.headers.as_ref(),
            body: &message.payload,
            time: OffsetDateTime::from_unix_timestamp_nanos(published).ok(),
        })))
    }

    /// None when the filter wants nothing of what is left.
    async fn open(&self) -> Result<Option<Source>, LogError> {
        let inner = &self.log.inner;
        let filter_subjects = self.filter.subjects(&inner.subjects)?;
        self.log.check_connected()?;
        let newest = self.log.last_sequence().await?;
        if newest < self.through {
            let through = self.through;
            return Err(LogError::Refused {
                doing: DOING,
                code: 1,
                description: format!("the log ends at {newest}, before {through}"),
            });
        }
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.last + 1,
            },
            ack_policy: AckPolicy::None,
            filter_subjects,
            memory_storage: true,
            num_replicas: 1,
            inactive_threshold: Duration::from_secs(20),
            ..pull::Config::default()
        };
        let created = inner
            .context
            .create_consumer_on_stream(config, inner.stream_name.as_str());
        let created = timeout(REQUEST_TIMEOUT, created).await;
        let consumer = created.map_err(|_| LogError::TimedOut { doing: DOING })?;
        let consumer = consumer.map_err(|error| LogError::client(DOING, error))?;
        if consumer.cached_info().num_pending == 0 {
            return Ok(None);
        }
        let messages = consumer
            .stream()
            .max_messages_per_batch(PULL)
            .max_bytes_per_batch(PULL_BYTES)
            .expires(EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await
            .map_err(|error| LogError::client(DOING, error))?;
        Ok(Some(Source {
            messages,
            delivered: 0,
        }))
    }
}
