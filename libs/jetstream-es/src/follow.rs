//! The whole log, for ever, in order: what projections read.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures::{Stream, StreamExt, stream};
use time::OffsetDateTime;
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info, warn};

use crate::commit::{Commit, Stored};
use crate::error::LogError;
use crate::log::EventLog;
use crate::open::REQUEST_TIMEOUT;
use crate::subject::SubjectFilter;

/// A lost server is noticed after two missed heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(1);
const EXPIRES: Duration = Duration::from_secs(5);
/// A log in which nothing happens is silent. A new consumer now and then costs nothing, and gets a stuck one going again.
const SILENCE: Duration = Duration::from_mins(1);
const PULL: usize = 500;
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

struct Follower {
    log: EventLog,
    filter: SubjectFilter,
    /// Sequence of the last commit that was handed out.
    last: u64,
    source: Option<Source>,
    failures: u32,
}

struct Source {
    messages: pull::Stream,
    /// Messages that this consumer has delivered: its next one must have the next number.
    delivered: u64,
}

pub(crate) fn follow(
    log: EventLog,
    after: u64,
    filter: SubjectFilter,
) -> impl Stream<Item = Commit> + Send + 'static {
    let follower = Follower {
        log,
        filter,
        last: after,
        source: None,
        failures: 0,
    };
    stream::unfold(follower, |mut follower| async move {
        let commit = follower.next().await;
        Some((commit, follower))
    })
}

impl Follower {
    async fn next(&mut self) -> Commit {
        loop {
            match self.try_next().await {
                Ok(Some(commit)) => {
                    if self.failures > 0 {
                        info!(
                            sequence = commit.position.sequence,
                            "following the log again"
                        );
                    }
                    self.failures = 0;
                    self.last = commit.position.sequence;
                    return commit;
                }
                Ok(None) => {}
                Err(failure) => self.pause_after(&failure).await,
            }
        }
    }

    /// One message, or the reason to make a new consumer. `None` for silence, and for a message that was handed out before.
    async fn try_next(&mut self) -> Result<Option<Commit>, LogError> {
        const DOING: &str = "following the log";
        let source = if let Some(source) = &mut self.source {
            source
        } else {
            let opened = self.open().await?;
            self.source.insert(opened)
        };
        let Ok(message) = timeout(SILENCE, source.messages.next()).await else {
            self.source = None;
            return Ok(None);
        };
        let message = message.ok_or(LogError::Disconnected)?;
        let message = message.map_err(|error| LogError::client(DOING, error))?;
        let info = message
            .info()
            .map_err(|error| LogError::client(DOING, error))?;
        if info.consumer_sequence != source.delivered + 1 {
            let detail = format!(
                "delivery {} came after {}",
                info.consumer_sequence, source.delivered
            );
            return Err(LogError::client(DOING, detail));
        }
        source.delivered += 1;
        if info.stream_sequence <= self.last {
            return Ok(None);
        }
        Ok(Some(
            self.log.commit_from(&Stored {
                subject: &message.subject,
                sequence: info.stream_sequence,
                headers: message.headers.as_ref(),
                body: &message.payload,
                time: OffsetDateTime::from_unix_timestamp_nanos(
                    info.published.unix_timestamp_nanos(),
                )
                .ok(),
            }),
        ))
    }

    async fn open(&self) -> Result<Source, LogError> {
        const DOING: &str = "making a consumer";
        let inner = &self.log.inner;
        let filter_subjects = self.filter.subjects(&inner.subjects)?;
        self.log.check_connected()?;
        let newest = self.log.last_sequence().await?;
        if newest < self.last {
            let description = format!(
                "the log ends at {newest} but {} was already read: its tail is lost",
                self.last
            );
            return Err(LogError::Refused {
                doing: DOING,
                code: 0,
                description,
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
        let messages = consumer
            .stream()
            .max_messages_per_batch(PULL)
            .heartbeat(HEARTBEAT)
            .expires(EXPIRES)
            .messages()
            .await;
        let messages = messages.map_err(|error| LogError::client(DOING, error))?;
        Ok(Source {
            messages,
            delivered: 0,
        })
    }

    async fn pause_after(&mut self, failure: &LogError) {
        self.source = None;
        self.failures = self.failures.saturating_add(1);
        let last = self.last;
        if !failure.is_passing() && self.failures % 60 == 1 {
            error!(error = %failure, last, "cannot follow the log after {last}: {failure}");
        } else if self.failures == 2 {
            warn!(error = %failure, last, "the log is away; following it again after {last} when it is back");
        } else {
            debug!(error = %failure, last, "following the log again after {last}");
        }
        let pause = Duration::from_millis(10) * 2_u32.saturating_pow(self.failures.min(8));
        sleep(pause.min(LONGEST_PAUSE)).await;
    }
}
