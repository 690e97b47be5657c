//! A handle on the log: positions, pages, consumers.

use std::sync::Arc;

use async_nats::jetstream::{self, stream::Stream as JetStream};
use futures::Stream;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::commit::{Commit, Stored};
use crate::config::EventLogConfig;
use crate::error::{LogError, OpenError};
use crate::follow;
use crate::group::GroupCommit;
use crate::open::{self, REQUEST_TIMEOUT};
use crate::position::{Epoch, Position};
use crate::replay;
use crate::settings::epoch_of;
use crate::silence::Silence;
use crate::subject::{SubjectFilter, Subjects};
use crate::tail::{self, SharedTail};
use crate::upcast::Upcasters;
use crate::work_queue::{WorkQueue, WorkQueueOptions};

/// Appends of this process that may be under way at once on a replicated stream, which groups them by itself.
const APPENDS_AT_ONCE: usize = 128;

/// How appends reach the disk.
#[derive(Clone, Debug)]
pub(crate) enum Appends {
    /// One server: many share a sync.
    Grouped(GroupCommit),
    /// Several servers: their Raft log groups what arrives together.
    SideBySide(Arc<Semaphore>),
}

/// An open event log. Cheap to clone; all clones share one connection.
#[derive(Clone, Debug)]
pub struct EventLog {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) client: async_nats::Client,
    pub(crate) context: jetstream::Context,
    pub(crate) stream_name: String,
    pub(crate) subjects: Subjects,
    pub(crate) epoch: Epoch,
    pub(crate) replicas: usize,
    /// Whether the stream of snapshots is there.
    pub(crate) snapshots: OnceCell<()>,
    pub(crate) appends: Appends,
    pub(crate) upcasters: Upcasters,
    pub(crate) clock: Clock,
    pub(crate) tail: SharedTail,
    pub(crate) silence: Arc<Silence>,
}

/// A part of the log, in order.
#[derive(Clone, Debug)]
pub struct Page {
    /// The commits that the filter wants.
    pub commits: Vec<Commit>,
    /// Every commit up to and with this sequence was considered: the place to go on from.
    pub through: u64,
}

impl EventLog {
    /// Opens the log: checks the server, then creates the stream or checks the existing one, setting by setting. An
    /// existing stream is never changed.
    ///
    /// # Errors
    /// When the server is too old, may lose acknowledged data, or the stream exists with other settings.
    pub async fn open(
        client: async_nats::Client,
        config: EventLogConfig,
    ) -> Result<Self, OpenError> {
        open::open(client, config).await
    }

    pub(crate) fn new(
        client: async_nats::Client,
        context: jetstream::Context,
        config: &EventLogConfig,
        subjects: Subjects,
        (epoch, batches): (Epoch, bool),
    ) -> Self {
        let appends = if config.replicas > 1 {
            Appends::SideBySide(Arc::new(Semaphore::new(APPENDS_AT_ONCE)))
        } else {
            let stream = config.stream.clone();
            let servers = (client.clone(), context.clone());
            Appends::Grouped(GroupCommit::start(servers, stream, batches))
        };
        let inner = Inner {
            client,
            context,
            stream_name: config.stream.clone(),
            subjects,
            epoch,
            replicas: config.replicas,
            snapshots: OnceCell::new(),
            appends,
            upcasters: config.upcasters.clone(),
            clock: Clock::system(),
            tail: SharedTail::default(),
            silence: Arc::new(Silence::new()),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The same log with another source of time.
    #[must_use]
    pub fn with_clock(&self, clock: Clock) -> Self {
        let inner = &self.inner;
        Self {
            inner: Arc::new(Inner {
                client: inner.client.clone(),
                context: inner.context.clone(),
                stream_name: inner.stream_name.clone(),
                subjects: inner.subjects.clone(),
                epoch: inner.epoch.clone(),
                replicas: inner.replicas,
                snapshots: inner.snapshots.clone(),
                appends: inner.appends.clone(),
                upcasters: inner.upcasters.clone(),
                clock,
                tail: inner.tail.clone(),
                silence: inner.silence.clone(),
            }),
        }
    }

    /// The identity of this log.
    pub fn epoch(&self) -> &Epoch {
        &self.inner.epoch
    }

    /// A position in this log.
    pub fn position(&self, sequence: u64) -> Position {
        Position {
            epoch: self.inner.epoch.clone(),
            sequence,
        }
    }

    /// Sequence of the newest commit, 0 when there is none. Asks the leader.
    ///
    /// # Errors
    /// When the server does not answer, or the stream is no longer the one that was opened.
    pub async fn last_sequence(&self) -> Result<u64, LogError> {
        const DOING: &str = "asking for the last sequence";
        let stream = self.stream().await?;
        let info = timeout(REQUEST_TIMEOUT, stream.get_info()).await;
        if !matches!(info, Ok(Ok(_))) {
            self.unanswered().await;
        }
        let info = info.map_err(|_| LogError::TimedOut { doing: DOING })?;
        let info = info.map_err(|error| LogError::client(DOING, error))?;
        let found = epoch_of(&info.config);
        if found.as_ref() != Some(&self.inner.epoch) {
            return Err(LogError::EpochChanged {
                expected: self.inner.epoch.to_string(),
                found: found.map_or_else(|| "none".to_owned(), |epoch| epoch.to_string()),
            });
        }
        Ok(info.state.last_sequence)
    }

    /// The commit with exactly this sequence, if the log has one. Asks the leader.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn commit_at(&self, sequence: u64) -> Result<Option<Commit>, LogError> {
        if sequence == 0 {
            return Ok(None);
        }
        self.leader_get(|builder| builder.sequence(sequence)).await
    }

    /// Up to `limit` commits (at least 1, at most 10,000) after sequence `after` that the filter wants.
    ///
    /// # Errors
    /// When the server does not answer, or the filter names what cannot be an aggregate.
    pub async fn read(
        &self,
        after: u64,
        filter: &SubjectFilter,
        limit: usize,
    ) -> Result<Page, LogError> {
        self.read_page(after, filter, limit).await
    }

    /// Every commit after sequence `after` that the filter wants: in order, without a gap, none twice, for ever.
    ///
    /// Survives restarts of the server: it logs what happened and goes on from the last delivered commit. It also
    /// waits (and says so in the log) when the stream lost its tail or was replaced: it never skips silently.
    pub fn follow(
        &self,
        after: u64,
        filter: SubjectFilter,
    ) -> impl Stream<Item = Commit> + Send + 'static {
        follow::follow(self.clone(), after, filter)
    }

    /// The same of all aggregates, for readers that keep up: those of one process that have reached the end of the log
    /// share one consumer, so each commit is sent and parsed once for all of them. One that falls behind reads by itself
    /// until it is back, and holds up nobody.
    pub fn follow_all(&self, after: u64) -> impl Stream<Item = Arc<Commit>> + Send + 'static {
        tail::follow_all(self.clone(), after)
    }

    /// Every commit after sequence `after` up to and with `through` that the filter wants, in order and without a gap.
    ///
    /// Made for going through much of the log: about as fast as the server sends, with bounded memory. Goes on after a
    /// restart of the server; ends with an error when the log stays away.
    pub fn replay(
        &self,
        after: u64,
        through: u64,
        filter: SubjectFilter,
    ) -> impl Stream<Item = Result<Commit, LogError>> + Send + 'static {
        replay::replay(self.clone(), after, through, filter)
    }

    /// Opens a queue of commits that several workers share; makes its durable consumer if needed.
    ///
    /// # Errors
    /// When the server does not answer or refuses the options.
    pub async fn work_queue(&self, options: WorkQueueOptions) -> Result<WorkQueue, LogError> {
        WorkQueue::open(self.clone(), options).await
    }

    /// A handle on the stream; asks nothing.
    pub(crate) async fn stream(&self) -> Result<JetStream<()>, LogError> {
        let stream = self
            .inner
            .context
            .get_stream_no_info(&self.inner.stream_name)
            .await;
        stream.map_err(|error| LogError::client("naming the stream", error))
    }

    pub(crate) fn commit_from(&self, stored: &Stored<'_>) -> Commit {
        let inner = &self.inner;
        Commit::read(&inner.subjects, &inner.epoch, &inner.upcasters, stored)
    }

    /// Whether a follower may be asked that is behind the leader.
    pub(crate) fn is_replicated(&self) -> bool {
        self.inner.replicas > 1
    }

    /// Refuses to send what the client would only queue until the server is back.
    pub(crate) fn check_connected(&self) -> Result<(), LogError> {
        if self.inner.client.connection_state() == async_nats::connection::State::Connected {
            Ok(())
        } else {
            Err(LogError::Disconnected)
        }
    }
}
