//! Carries out commands: the options, the cache, and the public face. The steps are in `execute`.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cqrs_es::Aggregate;
use lru::LruCache;

use crate::error::{ExecuteError, LogError};
use crate::log::EventLog;
use crate::metadata::CommandContext;
use crate::position::Position;
use crate::snapshot::SnapshotOptions;
use crate::state::State;

/// Bounds of an executor.
#[derive(Clone, Copy, Debug)]
pub struct ExecutorOptions {
    /// Aggregates that are kept in memory.
    pub cache_capacity: NonZeroUsize,
    /// How often a command is decided again because another process changed the aggregate.
    pub max_conflict_retries: u32,
    /// How long a command is held while the log has no leader or no connection.
    pub outage_patience: Duration,
    /// Stores the state of long histories now and then; by default it does not.
    pub snapshots: Option<SnapshotOptions>,
}

impl Default for ExecutorOptions {
    fn default() -> Self {
        Self {
            cache_capacity: NonZeroUsize::new(10_000).unwrap_or(NonZeroUsize::MIN),
            max_conflict_retries: 8,
            outage_patience: Duration::from_secs(10),
            snapshots: None,
        }
    }
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The aggregate's last commit; `None` only when nothing was ever stored for it.
    pub position: Option<Position>,
    /// Events of the aggregate so far.
    pub version: u64,
    /// False when the command changed nothing or was carried out before.
    pub written: bool,
}

/// An aggregate, caught up with the log.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    /// Its state.
    pub aggregate: A,
    /// Events so far; 0 when it does not exist.
    pub version: u64,
    /// Its last commit.
    pub position: Option<Position>,
}

/// Carries out the commands of one type of aggregate. Cheap to clone; clones share one cache.
///
/// Commands for one aggregate are carried out one after another in this process, and fenced by the log against
/// those of other processes.
#[derive(Debug)]
pub struct Executor<A: Aggregate> {
    pub(crate) inner: Arc<Inner<A>>,
}

impl<A: Aggregate> Clone for Executor<A> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

pub(crate) type Slot<A> = Arc<tokio::sync::Mutex<Option<State<A>>>>;

pub(crate) struct Inner<A: Aggregate> {
    pub(crate) log: EventLog,
    pub(crate) services: A::Services,
    pub(crate) options: ExecutorOptions,
    slots: Mutex<LruCache<String, Slot<A>>>,
}

impl<A: Aggregate> std::fmt::Debug for Inner<A> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Executor")
            .field("aggregate", &A::TYPE)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<A> Executor<A>
where
    A: Aggregate + Clone,
    A::Command: Clone + Send + Sync,
    A::Error: Send + Sync + 'static,
{
    /// An executor with the default options.
    pub fn new(log: EventLog, services: A::Services) -> Self {
        Self::with_options(log, services, ExecutorOptions::default())
    }

    /// An executor with other bounds.
    pub fn with_options(log: EventLog, services: A::Services, options: ExecutorOptions) -> Self {
        let slots = Mutex::new(LruCache::new(options.cache_capacity));
        Self {
            inner: Arc::new(Inner {
                log,
                services,
                options,
                slots,
            }),
        }
    }

    /// The log that the commands are stored in.
    pub fn log(&self) -> &EventLog {
        &self.inner.log
    }

    /// Lets the aggregate decide the command and stores the events. A command whose id was carried out before
    /// changes nothing and answers where the aggregate stands.
    ///
    /// # Errors
    /// See [`ExecuteError`]: each says whether anything was stored. After `OutcomeUnknown`, and after a lost answer,
    /// repeat with the same command id.
    pub async fn execute(
        &self,
        id: &str,
        command: A::Command,
        context: CommandContext,
    ) -> Result<Outcome, ExecuteError<A::Error>> {
        self.carry_out(id, None, command, context).await
    }

    /// The same for a command that is meant for one version: when the aggregate has changed since, it is refused. A
    /// command whose id was carried out before is answered all the same.
    ///
    /// # Errors
    /// As [`Executor::execute`], and [`ExecuteError::WrongVersion`].
    pub async fn execute_at(
        &self,
        id: &str,
        expected: u64,
        command: A::Command,
        context: CommandContext,
    ) -> Result<Outcome, ExecuteError<A::Error>> {
        self.carry_out(id, Some(expected), command, context).await
    }

    /// The aggregate as of now.
    ///
    /// # Errors
    /// When the log cannot be read within the outage patience.
    pub async fn load(&self, id: &str) -> Result<Loaded<A>, LogError> {
        let subject = self.inner.log.inner.subjects.of(A::TYPE, id)?;
        let deadline = self.deadline();
        let slot = self.slot(id);
        let mut state = Self::locked(&slot, deadline).await?;
        self.refresh(&mut state, &subject, deadline).await?;
        let state = state.get_or_insert_with(State::empty);
        Ok(Loaded {
            aggregate: state.aggregate.clone(),
            version: state.version,
            position: self.position_of(state),
        })
    }

    /// The aggregate as it was after everything up to `position` had happened. Reads its history from the start.
    ///
    /// # Errors
    /// When the log cannot be read within the outage patience, or the position is one of another log.
    pub async fn load_as_of(&self, id: &str, position: &Position) -> Result<Loaded<A>, LogError> {
        let log = &self.inner.log;
        if position.epoch != *log.epoch() {
            return Err(LogError::EpochChanged {
                expected: position.epoch.to_string(),
                found: log.epoch().to_string(),
            });
        }
        let subject = log.inner.subjects.of(A::TYPE, id)?;
        let wanted = |_: &State<A>, sequence: u64| sequence <= position.sequence;
        let state = State::<A>::up_to(log, &subject, wanted).await?;
        Ok(Loaded {
            position: self.position_of(&state),
            aggregate: state.aggregate,
            version: state.version,
        })
    }

    /// The aggregate as it was after the commit that brought it to this version; none when no commit did. Reads its
    /// history from the start.
    ///
    /// # Errors
    /// When the log cannot be read within the outage patience.
    pub async fn load_version(
        &self,
        id: &str,
        version: u64,
    ) -> Result<Option<Loaded<A>>, LogError> {
        let log = &self.inner.log;
        let subject = log.inner.subjects.of(A::TYPE, id)?;
        let wanted = |state: &State<A>, _: u64| state.version < version;
        let state = State::<A>::up_to(log, &subject, wanted).await?;
        Ok((state.version == version && version > 0).then(|| Loaded {
            position: self.position_of(&state),
            aggregate: state.aggregate,
            version,
        }))
    }

    pub(crate) fn slot(&self, id: &str) -> Slot<A> {
        let mut slots = self
            .inner
            .slots
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        slots.get_or_insert(id.to_owned(), Slot::default).clone()
    }

    pub(crate) fn position_of(&self, state: &State<A>) -> Option<Position> {
        (state.last > 0).then(|| self.inner.log.position(state.last))
    }
}
