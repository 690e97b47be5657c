//! Commits as jobs that several workers share: each is given to one of them until it says that it is done.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::{self, AckKind};
use futures::StreamExt;
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::{debug, error, warn};

use crate::commit::{Commit, Stored};
use crate::error::{InvalidId, LogError};
use crate::log::EventLog;
use crate::open::REQUEST_TIMEOUT;
use crate::subject::SubjectFilter;

/// How long one request for a job stands. It has no heartbeat: async-nats 0.51 forgets to wake who waits for a `Batch` after
/// one, and then drops the job that came meanwhile.
const EXPIRES: Duration = Duration::from_secs(2);
/// What the server's last word on a request may take.
const GRACE: Duration = Duration::from_secs(1);
/// A pull request ends by itself after `EXPIRES`; longer silence means that the client library is stuck.
const SILENCE: Duration = Duration::from_secs(15);
/// How often a wait for a job looks whether its request was lost with the connection: the server forgets it then, and the
/// client library waits seven seconds for an answer that cannot come.
const LOOK: Duration = Duration::from_millis(250);
/// The longest pause before a job that made trouble is given out again. Trouble is mostly somebody else's outage: when it is
/// over, work is to go on soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Deliveries after which a job that only makes trouble is put aside, so that it costs nothing more: a quarter of an hour.
const MAX_DELIVERIES: u64 = 180;
/// Times that a consumer is asked for while the server cannot store it: it forgets a consumer's name before it has removed its
/// files, and then whoever asks for the same name collides with the removal. The pauses, doubled from 20 ms, add up to 0.6 s.
const MAKE_TRIES: u32 = 6;
/// How long the server may take to remove the files of a queue that it forgot. Whoever makes it anew meanwhile may lose the new files with
/// the old: such a queue gives jobs out as before, but cannot be asked for again until the server forgets that too.
const CLEARED_AWAY: Duration = Duration::from_millis(500);

/// What a queue is like. The same for all workers of one queue.
#[derive(Clone, Debug)]
pub struct WorkQueueOptions {
    /// Name of the durable consumer: the workers with the same name share the jobs.
    pub name: String,
    /// Which commits are jobs.
    pub filter: SubjectFilter,
    /// How long a worker may be silent before its job goes to another. A live [`Job`] is not silent.
    pub ack_wait: Duration,
    /// Jobs that may be in work at once, over all workers.
    pub max_ack_pending: i64,
    /// How often a job is given out at most; -1 for ever. A job beyond it is never seen again: prefer -1 and count
    /// [`Job::delivered`].
    pub max_deliver: i64,
    /// After so long without a worker the server forgets the queue; none, and it stays for ever. Whoever asks for it again finds it
    /// at the beginning, or, while the server still clears it away, where it was: nothing that was not done is left out. A queue that may go is one of many
    /// names: it is asked for under a subject that ends with its filter, of one type of aggregate, so that a server's permissions
    /// can be about the filter where they cannot be about the name.
    pub inactive_threshold: Option<Duration>,
}

/// A worker's end of the queue.
#[derive(Debug)]
pub struct WorkQueue {
    log: EventLog,
    config: pull::Config,
    consumer: Option<PullConsumer>,
    /// An open request for one job. Kept over a cancelled [`WorkQueue::next`], so that its answer is not lost.
    request: Option<Request>,
    failures: u32,
}

struct Request {
    batch: pull::Batch,
    /// How often the client had connected when it was sent.
    connects: u64,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Request")
    }
}

/// What is to become of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is finished, one way or the other.
    Done,
    /// Somebody must try again, after this long.
    Again(Duration),
}

/// One commit to be worked on. While it lives, the server is told every third of `ack_wait` that work goes on;
/// dropped without an answer, it is given to another worker after `ack_wait`.
pub struct Job {
    /// What happened.
    pub commit: Commit,
    /// How often this job was given out, from 1.
    pub delivered: u64,
    acker: std::sync::Arc<Acker>,
    lease: Lease,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Job")
            .field("commit", &self.commit.position)
            .field("delivered", &self.delivered)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Lease(JoinHandle<()>);

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl WorkQueue {
    pub(crate) async fn open(log: EventLog, options: WorkQueueOptions) -> Result<Self, LogError> {
        let good_name = options
            .name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if options.name.is_empty() || options.name.len() > 64 || !good_name {
            return Err(
                InvalidId::new("queue name", "1 to 64 of A-Z a-z 0-9 _ -", &options.name).into(),
            );
        }
        let mut subjects = options.filter.subjects(&log.inner.subjects)?;
        let is_one = options.inactive_threshold.is_some() && subjects.len() == 1;
        let filter_subject = subjects.pop_if(|_| is_one).unwrap_or_default();
        let config = pull::Config {
            durable_name: Some(options.name),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: options.ack_wait,
            max_ack_pending: options.max_ack_pending,
            max_deliver: options.max_deliver,
            filter_subject,
            filter_subjects: subjects,
            inactive_threshold: options.inactive_threshold.unwrap_or_default(),
            ..pull::Config::default()
        };
        let mut queue = Self {
            log,
            config,
            consumer: None,
            request: None,
            failures: 0,
        };
        queue.consumer = Some(queue.make_consumer().await?);
        Ok(queue)
    }

    async fn make_consumer(&self) -> Result<PullConsumer, LogError> {
        if !self.config.inactive_threshold.is_zero() {
            let inner = &self.log.inner;
            let known = inner
                .context
                .update_consumer_on_stream(self.config.clone(), inner.stream_name.as_str());
            match timeout(REQUEST_TIMEOUT, known).await {
                Ok(Ok(known)) => return Ok(known),
                Ok(Err(_)) | Err(_) => sleep(CLEARED_AWAY).await,
            }
        }
        for tried in 0..MAKE_TRIES - 1 {
            match self.ask_for_consumer().await {
                Err(LogError::Client { source, .. }) if was_not_stored(&*source) => {
                    debug!(error = %source, "the server cannot store a consumer yet");
                    sleep(Duration::from_millis(20 << tried)).await;
                }
                made => return made,
            }
        }
        self.ask_for_consumer().await
    }

    async fn ask_for_consumer(&self) -> Result<PullConsumer, LogError> {
        const DOING: &str = "opening a work queue";
        let inner = &self.log.inner;
        let made = inner
            .context
            .create_consumer_on_stream(self.config.clone(), inner.stream_name.as_str());
        let made = timeout(REQUEST_TIMEOUT, made)
            .await
            .map_err(|_| LogError::TimedOut { doing: DOING })?;
        made.map_err(|error| LogError::client(DOING, error))
    }

    /// The next job. Never ends; waits out restarts of the server. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Job {
        loop {
            match self.try_next().await {
                Ok(Some(job)) => {
                    self.failures = 0;
                    return job;
                }
                Ok(None) => self.failures = 0,
                Err(failure) => {
                    self.request = None;
                    self.consumer = None;
                    self.failures = self.failures.saturating_add(1);
                    if self.failures == 3 {
                        warn!(error = %failure, "the work queue is away: {failure}");
                    }
                    let pause =
                        Duration::from_millis(20) * 2_u32.saturating_pow(self.failures.min(7));
                    sleep(pause.min(Duration::from_secs(1))).await;
                }
            }
        }
    }

    /// Gives back what the server may have handed to this worker without its noticing. Call it when no more jobs are
    /// wanted; takes three seconds at most.
    pub async fn close(mut self) {
        if let Some(mut request) = self.request.take() {
            let limit = EXPIRES + GRACE;
            while let Ok(Some(Ok(message))) = timeout(limit, request.batch.next()).await {
                drop(timeout(REQUEST_TIMEOUT, message.ack_with(AckKind::Nak(None))).await);
            }
        }
    }

    async fn try_next(&mut self) -> Result<Option<Job>, LogError> {
        const DOING: &str = "waiting for a job";
        if self.consumer.is_none() {
            self.log.check_connected()?;
            self.consumer = Some(self.make_consumer().await?);
        }
        let connects = connects(&self.log);
        let (Some(consumer), request) = (&self.consumer, &mut self.request) else {
            return Ok(None);
        };
        let request = if let Some(open) = request {
            open
        } else {
            let batch = consumer
                .batch()
                .max_messages(1)
                .expires(EXPIRES)
                .messages()
                .await;
            let batch = batch.map_err(|error| LogError::client(DOING, error))?;
            request.insert(Request { batch, connects })
        };
        let message = timeout(SILENCE, answer(request, &self.log))
            .await
            .map_err(|_| LogError::TimedOut { doing: DOING })?;
        let Some(message) = message else {
            self.request = None;
            return Ok(None);
        };
        let message = message.map_err(|error| LogError::client(DOING, error))?;
        let job = self.job(message)?;
        Ok(Some(job))
    }

    fn job(&self, message: async_nats::jetstream::Message) -> Result<Job, LogError> {
        let info = message
            .info()
            .map_err(|error| LogError::client("reading a job", error))?;
        let delivered = u64::try_from(info.delivered).unwrap_or(1);
        let commit = self.log.commit_from(&Stored {
            subject: &message.subject,
            sequence: info.stream_sequence,
            headers: message.headers.as_ref(),
            body: &message.payload,
            time: OffsetDateTime::from_unix_timestamp_nanos(info.published.unix_timestamp_nanos())
                .ok(),
        });
        let (_, acker) = message.split();
        let acker = std::sync::Arc::new(acker);
        let lease = Lease(tokio::spawn(keep_alive(
            acker.clone(),
            self.config.ack_wait / 3,
        )));
        Ok(Job {
            commit,
            delivered,
            acker,
            lease,
        })
    }
}

/// What the server says to a request; nothing when the request was lost with its connection.
async fn answer(
    request: &mut Request,
    log: &EventLog,
) -> Option<Result<jetstream::Message, async_nats::Error>> {
    loop {
        if let Ok(answer) = timeout(LOOK, request.batch.next()).await {
            return answer;
        }
        if connects(log) != request.connects {
            return None;
        }
    }
}

/// Whether the server knew what to make and could not store it, or meant to change one that was gone meanwhile.
fn was_not_stored(error: &(dyn std::error::Error + 'static)) -> bool {
    use jetstream::{
        ErrorCode,
        stream::{ConsumerError, ConsumerErrorKind},
    };
    let Some(ConsumerErrorKind::JetStream(said)) = error.downcast_ref().map(ConsumerError::kind)
    else {
        return false;
    };
    let code = said.error_code();
    code == ErrorCode::CONSUMER_CREATE || code == ErrorCode::CONSUMER_DOES_NOT_EXIST
}

/// How often the client has connected.
fn connects(log: &EventLog) -> u64 {
    log.inner
        .client
        .statistics()
        .connects
        .load(Ordering::Relaxed)
}

/// Tells the server again and again that the job is in work.
async fn keep_alive(acker: std::sync::Arc<Acker>, every: Duration) {
    let mut ticks = interval(every.max(Duration::from_millis(10)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if let Err(error) = acker.ack_with(AckKind::Progress).await {
            debug!(%error, "cannot extend the lease of a job");
        }
    }
}

impl Job {
    /// The job is finished and must not be given out again.
    ///
    /// # Errors
    /// When the server does not confirm in time: the job may be given out once more.
    pub async fn done(self) -> Result<(), LogError> {
        self.answer(AckKind::Ack, "finishing a job").await
    }

    /// Gives the job back, to be given out again after `delay`.
    ///
    /// # Errors
    /// When the server does not confirm in time: the job is then given out after `ack_wait`.
    pub async fn retry_after(self, delay: Duration) -> Result<(), LogError> {
        self.answer(AckKind::Nak(Some(delay)), "giving a job back")
            .await
    }

    /// Tells the server what came of the job. After trouble it is given out again, after a pause that grows; a job
    /// that made nothing but trouble for about a quarter of an hour is put aside, loudly.
    ///
    /// Never fails: when the server does not hear it, the job is given out once more.
    pub async fn settle<E: std::error::Error + 'static>(self, outcome: Result<Verdict, E>) {
        let (kind, id) = (
            self.commit.aggregate_type.clone(),
            self.commit.aggregate_id.clone(),
        );
        let told = match outcome {
            Ok(Verdict::Done) => self.done().await,
            Ok(Verdict::Again(delay)) => self.retry_after(delay).await,
            Err(trouble) if self.delivered >= MAX_DELIVERIES => {
                error!(
                    aggregate.id = id,
                    error = chain(&trouble),
                    "{kind} {id} is put aside after {} deliveries: {}",
                    self.delivered,
                    chain(&trouble)
                );
                self.done().await
            }
            Err(trouble) => {
                let pause = pause_after(self.delivered);
                warn!(
                    aggregate.id = id,
                    error = chain(&trouble),
                    "{kind} {id} is worked on again in {} s: {}",
                    pause.as_secs(),
                    chain(&trouble)
                );
                self.retry_after(pause).await
            }
        };
        if let Err(error) = told {
            warn!(
                aggregate.id = id,
                error = chain(&error),
                "the log did not hear about {kind} {id}, it will ask again"
            );
        }
    }

    async fn answer(self, kind: AckKind, doing: &'static str) -> Result<(), LogError> {
        drop(self.lease);
        let answer = timeout(REQUEST_TIMEOUT, self.acker.double_ack_with(kind)).await;
        let answer = answer.map_err(|_| LogError::TimedOut { doing })?;
        answer.map_err(|error| LogError::client(doing, error))
    }
}

/// 1, 2, 4 and from then on 5 seconds.
fn pause_after(delivered: u64) -> Duration {
    Duration::from_secs(1 << delivered.clamp(1, 4) >> 1).min(LONGEST_PAUSE)
}

/// An error with everything behind it, on one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stop_growing() {
        let seconds = [1, 2, 3, 4, u64::MAX].map(|delivered| pause_after(delivered).as_secs());
        assert_eq!(seconds, [1, 2, 4, 5, 5]);
    }
}
