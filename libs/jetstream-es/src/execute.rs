//! The steps of a command: state, seen before?, decide, append, outcome.

use std::time::Duration;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use tokio::sync::MutexGuard;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{debug, warn};

use crate::append::{AppendError, Appended, NewCommit};
use crate::commit::{Commit, encode};
use crate::config::MAX_COMMIT_BYTES;
use crate::error::{ExecuteError, LogError};
use crate::executor::{Executor, Outcome, Slot};
use crate::metadata::CommandContext;
use crate::state::State;

type Failure<A> = ExecuteError<<A as Aggregate>::Error>;

impl<A> Executor<A>
where
    A: Aggregate + Clone,
    A::Command: Clone + Send + Sync,
    A::Error: Send + Sync + 'static,
{
    pub(crate) async fn carry_out(
        &self,
        id: &str,
        expected: Option<u64>,
        command: A::Command,
        context: CommandContext,
    ) -> Result<Outcome, Failure<A>> {
        let log = &self.inner.log;
        let subject = log
            .inner
            .subjects
            .of(A::TYPE, id)
            .map_err(ExecuteError::InvalidId)?;
        context.check().map_err(ExecuteError::InvalidId)?;
        let deadline = self.deadline();
        let slot = self.slot(id);
        let mut slot = Self::locked(&slot, deadline).await.map_err(not_stored)?;

        let mut sent = false;
        let mut conflicts = 0;
        // A cached state is good enough to try: the log refuses the commit if it is stale. Not so to refuse a command.
        // Of an aggregate that nobody knows yet, so is none at all: most such commands begin one, and need no read.
        let mut fresh = false;
        loop {
            let state = slot.get_or_insert_with(State::empty);
            if state
                .has_seen(&context.command_id, log, &subject)
                .await
                .map_err(not_stored)?
            {
                let outcome = self.repeated(&mut slot, &subject, &context, (fresh, deadline));
                return Ok(Outcome {
                    written: sent,
                    ..outcome.await?
                });
            }
            let decided = match expected.filter(|expected| *expected != state.version) {
                Some(expected) if fresh => {
                    let found = state.version;
                    return Err(ExecuteError::WrongVersion { expected, found });
                }
                Some(_) => None,
                None => self.decide(state, command.clone(), fresh).await?,
            };
            let Some((next, events)) = decided else {
                self.refresh(&mut slot, &subject, deadline)
                    .await
                    .map_err(not_stored)?;
                fresh = true;
                continue;
            };
            if events.is_empty() {
                return Ok(self.outcome(state));
            }
            let (commit, bytes) = self.prepare(state, &events, &subject, &context)?;
            match log.append(&commit, deadline).await {
                Ok(Appended::Stored(sequence)) => {
                    state.aggregate = next;
                    let position = (sequence, commit.fingerprint);
                    state.advance(position, events.len(), &context.command_id);
                    if let Some(snapshots) = &self.inner.options.snapshots {
                        snapshots.save(log, &subject, state, events.len()).await;
                    }
                    return Ok(Outcome {
                        written: true,
                        ..self.outcome(state)
                    });
                }
                Ok(Appended::SeenBefore) => {
                    // Some other process carried it out; the whole history tells.
                    *slot = None;
                    self.refresh(&mut slot, &subject, deadline)
                        .await
                        .map_err(not_stored)?;
                    fresh = true;
                }
                Ok(Appended::Conflict {
                    perhaps_with_itself,
                }) => {
                    sent |= perhaps_with_itself;
                    self.after_conflict(&mut slot, &subject, deadline).await?;
                    fresh = true;
                }
                Err(AppendError::NotStored(error)) => return Err(not_stored(error)),
                Err(AppendError::Unknown(error)) => {
                    return Err(ExecuteError::OutcomeUnknown(error));
                }
                Err(AppendError::Full) => return Err(ExecuteError::LogFull),
                Err(AppendError::TooLarge) => {
                    return Err(ExecuteError::TooLarge {
                        bytes,
                        limit: MAX_COMMIT_BYTES,
                    });
                }
            }
            conflicts += 1;
            if conflicts > self.inner.options.max_conflict_retries {
                return self
                    .last_look(&mut slot, &subject, &context, deadline)
                    .await;
            }
            debug!(%subject, conflicts, "deciding a command again after conflict {conflicts} on {subject}");
        }
    }

    /// The answer to a command that was carried out before: where the aggregate stands now.
    async fn repeated(
        &self,
        slot: &mut Option<State<A>>,
        subject: &str,
        context: &CommandContext,
        (fresh, deadline): (bool, Instant),
    ) -> Result<Outcome, Failure<A>> {
        if let Some(hash) = &context.request_hash {
            let history = self.inner.log.read_subject(subject, 0).await;
            let history = history.map_err(not_stored)?;
            let mut same_id = history
                .iter()
                .filter(|commit| commit.command_id == context.command_id);
            let reused =
                |commit: &Commit| commit.request_hash.as_ref().is_some_and(|it| it != hash);
            if same_id.any(reused) {
                return Err(ExecuteError::CommandIdReused);
            }
        }
        if !fresh {
            self.refresh(slot, subject, deadline)
                .await
                .map_err(not_stored)?;
        }
        Ok(self.outcome(slot.get_or_insert_with(State::empty)))
    }

    /// The commit of these events behind the state, and the size of its body.
    fn prepare(
        &self,
        state: &State<A>,
        events: &[A::Event],
        subject: &str,
        context: &CommandContext,
    ) -> Result<(NewCommit, usize), Failure<A>> {
        let (body, types) = encode(events, state.version + 1)
            .map_err(|error| not_stored(LogError::client("encoding events", error)))?;
        let bytes = body.len();
        if bytes > MAX_COMMIT_BYTES {
            return Err(ExecuteError::TooLarge {
                bytes,
                limit: MAX_COMMIT_BYTES,
            });
        }
        let log = &self.inner.log;
        let subject = subject.to_owned();
        let commit = NewCommit::new(log, subject, state.last, (body, &types), context);
        Ok((commit, bytes))
    }

    /// Lets a copy of the aggregate decide. `None` when a stale state would refuse or change nothing.
    async fn decide(
        &self,
        state: &State<A>,
        command: A::Command,
        fresh: bool,
    ) -> Result<Option<(A, Vec<A::Event>)>, Failure<A>> {
        let mut next = state.aggregate.clone();
        let sink = EventSink::default();
        match next.handle(command, &self.inner.services, &sink).await {
            Err(rejection) if fresh => Err(ExecuteError::Rejected(rejection)),
            Err(_) => Ok(None),
            Ok(()) => {
                let events = sink.collect().await;
                Ok((fresh || !events.is_empty()).then_some((next, events)))
            }
        }
    }

    /// Reads what the other writer did. When there is nothing, this cache is ahead of the log: forget it.
    async fn after_conflict(
        &self,
        slot: &mut Option<State<A>>,
        subject: &str,
        deadline: Instant,
    ) -> Result<(), Failure<A>> {
        // After a commit was sent, failing to read leaves its fate open.
        let changed = self
            .refresh(slot, subject, deadline)
            .await
            .map_err(unknown)?;
        if !changed {
            warn!(%subject, "the log refused a commit to {subject} as stale but has nothing newer; reading it anew");
            *slot = None;
            self.refresh(slot, subject, deadline)
                .await
                .map_err(unknown)?;
        }
        Ok(())
    }

    /// All tries are used up: the last of them may still have been the one that was stored.
    async fn last_look(
        &self,
        slot: &mut Option<State<A>>,
        subject: &str,
        context: &CommandContext,
        deadline: Instant,
    ) -> Result<Outcome, Failure<A>> {
        self.refresh(slot, subject, deadline)
            .await
            .map_err(unknown)?;
        let state = slot.get_or_insert_with(State::empty);
        if state
            .has_seen(&context.command_id, &self.inner.log, subject)
            .await
            .map_err(unknown)?
        {
            return Ok(Outcome {
                written: true,
                ..self.outcome(state)
            });
        }
        Err(ExecuteError::Conflict)
    }

    /// Brings the state up to the log, trying until `deadline` while the log is away. Answers whether it moved.
    pub(crate) async fn refresh(
        &self,
        slot: &mut Option<State<A>>,
        subject: &str,
        deadline: Instant,
    ) -> Result<bool, LogError> {
        let mut pause = Duration::from_millis(5);
        loop {
            let mut state = slot.take().unwrap_or_else(State::empty);
            let snapshots = self.inner.options.snapshots.as_ref();
            match state.catch_up(&self.inner.log, subject, snapshots).await {
                Ok(changed) => {
                    *slot = Some(state);
                    return Ok(changed);
                }
                Err(error) if error.is_passing() && Instant::now() + pause < deadline => {
                    *slot = Some(state);
                    sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(250));
                }
                // A state that failed half-way is not kept.
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) async fn locked(
        slot: &Slot<A>,
        deadline: Instant,
    ) -> Result<MutexGuard<'_, Option<State<A>>>, LogError> {
        timeout_at(deadline, slot.lock())
            .await
            .map_err(|_| LogError::TimedOut {
                doing: "waiting for other commands of the aggregate",
            })
    }

    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.inner.options.outage_patience
    }

    fn outcome(&self, state: &State<A>) -> Outcome {
        Outcome {
            position: self.position_of(state),
            version: state.version,
            written: false,
        }
    }
}

/// Nothing of this command was sent.
fn not_stored<E: std::error::Error + 'static>(error: LogError) -> ExecuteError<E> {
    match error {
        LogError::Corrupt(damage) => ExecuteError::Corrupt(damage),
        LogError::InvalidId(id) => ExecuteError::InvalidId(id),
        LogError::TimedOut { .. }
        | LogError::Disconnected
        | LogError::Refused { .. }
        | LogError::Client { .. }
        | LogError::MessageIdTaken { .. }
        | LogError::EpochChanged { .. } => ExecuteError::Unavailable(error),
    }
}

/// A commit of this command was sent before.
fn unknown<E: std::error::Error + 'static>(error: LogError) -> ExecuteError<E> {
    match not_stored(error) {
        ExecuteError::Unavailable(error) => ExecuteError::OutcomeUnknown(error),
        damaged @ (ExecuteError::Rejected(_)
        | ExecuteError::Conflict
        | ExecuteError::CommandIdReused
        | ExecuteError::WrongVersion { .. }
        | ExecuteError::OutcomeUnknown(_)
        | ExecuteError::LogFull
        | ExecuteError::TooLarge { .. }
        | ExecuteError::InvalidId(_)
        | ExecuteError::Corrupt(_)) => damaged,
    }
}
