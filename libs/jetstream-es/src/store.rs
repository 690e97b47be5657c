//! The log as a cqrs-es event store.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::time::Duration;

use cqrs_es::{Aggregate, AggregateContext, AggregateError, EventEnvelope, EventStore};
use tokio::time::Instant;

use crate::append::{AppendError, Appended, NewCommit};
use crate::commit::{Commit, encode};
use crate::config::MAX_COMMIT_BYTES;
use crate::error::{ExecuteError, LogError};
use crate::log::EventLog;
use crate::metadata::CommandContext;
use crate::state::State;

/// How long `commit` holds a commit while the log is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// A cqrs-es [`EventStore`] over the log, for `CqrsFramework` and for tests. [`crate::Executor`] does more: it answers
/// positions, retries conflicts, and recognises repeated commands.
#[derive(Clone, Debug)]
pub struct JetStreamEventStore<A> {
    log: EventLog,
    aggregate: PhantomData<fn() -> A>,
}

/// An aggregate and where its history ended when it was loaded.
#[derive(Debug)]
pub struct JetStreamContext<A> {
    id: String,
    state: State<A>,
}

impl<A: Aggregate> AggregateContext<A> for JetStreamContext<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.state.aggregate
    }
}

impl<A: Aggregate> JetStreamEventStore<A> {
    /// A store over an open log.
    pub fn new(log: EventLog) -> Self {
        Self {
            log,
            aggregate: PhantomData,
        }
    }

    fn subject(&self, id: &str) -> Result<String, AggregateError<A::Error>> {
        self.log
            .inner
            .subjects
            .of(A::TYPE, id)
            .map_err(|error| AggregateError::UnexpectedError(error.into()))
    }

    /// The envelopes of the commit with this command id, if the history after `after` has one.
    async fn find(
        &self,
        subject: &str,
        after: u64,
        command_id: &str,
    ) -> Result<Option<Vec<EventEnvelope<A>>>, AggregateError<A::Error>> {
        let commits = self
            .log
            .read_subject(subject, after)
            .await
            .map_err(log_error)?;
        let commit = commits
            .iter()
            .find(|commit| commit.command_id == command_id);
        commit.map(envelopes::<A>).transpose()
    }
}

impl<A: Aggregate> EventStore<A> for JetStreamEventStore<A> {
    type AC = JetStreamContext<A>;

    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let subject = self.subject(aggregate_id)?;
        let commits = self
            .log
            .read_subject(&subject, 0)
            .await
            .map_err(log_error)?;
        let mut all = Vec::new();
        for commit in &commits {
            all.extend(envelopes::<A>(commit)?);
        }
        Ok(all)
    }

    async fn load_aggregate(
        &self,
        aggregate_id: &str,
    ) -> Result<Self::AC, AggregateError<A::Error>> {
        let subject = self.subject(aggregate_id)?;
        let mut state = State::empty();
        state
            .catch_up(&self.log, &subject, None)
            .await
            .map_err(log_error)?;
        Ok(JetStreamContext {
            id: aggregate_id.to_owned(),
            state,
        })
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: Self::AC,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let subject = self.subject(&context.id)?;
        let command = CommandContext::from_map(&metadata).unwrap_or_else(random_command);
        command
            .check()
            .map_err(|error| AggregateError::UnexpectedError(error.into()))?;
        let (body, types) = encode(&events, context.state.version + 1)
            .map_err(|error| AggregateError::UnexpectedError(error.into()))?;
        let bytes = body.len();
        if bytes > MAX_COMMIT_BYTES {
            return Err(append_error(AppendError::TooLarge, bytes));
        }
        let expected = context.state.last;
        let commit = NewCommit::new(
            &self.log,
            subject.clone(),
            expected,
            (body, &types),
            &command,
        );
        match self.log.append(&commit, Instant::now() + PATIENCE).await {
            Ok(Appended::Stored(_)) => {
                let envelope = |(payload, version): (A::Event, u64)| EventEnvelope {
                    aggregate_id: context.id.clone(),
                    sequence: as_sequence(version),
                    payload,
                    metadata: metadata.clone(),
                };
                Ok(events
                    .into_iter()
                    .zip(context.state.version + 1..)
                    .map(envelope)
                    .collect())
            }
            Ok(Appended::Conflict { .. }) => {
                let found = self.find(&subject, expected, &command.command_id).await?;
                found.ok_or(AggregateError::AggregateConflict)
            }
            Ok(Appended::SeenBefore) => {
                let found = self.find(&subject, 0, &command.command_id).await?;
                found.ok_or(AggregateError::AggregateConflict)
            }
            Err(error) => Err(append_error(error, bytes)),
        }
    }
}

fn envelopes<A: Aggregate>(
    commit: &Commit,
) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
    let events = commit
        .decode::<A>()
        .map_err(|error| AggregateError::DeserializationError(error.into()))?;
    let mut metadata = HashMap::from([("command_id".to_owned(), commit.command_id.clone())]);
    for (key, value) in [
        ("actor", &commit.actor),
        ("correlation_id", &commit.correlation_id),
        ("causation_id", &commit.causation_id),
        ("traceparent", &commit.traceparent),
    ] {
        if let Some(value) = value {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    let envelope = |(payload, version): (A::Event, u64)| EventEnvelope {
        aggregate_id: commit.aggregate_id.clone(),
        sequence: as_sequence(version),
        payload,
        metadata: metadata.clone(),
    };
    Ok(events
        .into_iter()
        .zip(commit.from_version..)
        .map(envelope)
        .collect())
}

fn as_sequence(version: u64) -> usize {
    usize::try_from(version).unwrap_or(usize::MAX)
}

/// cqrs-es lets a caller leave the metadata out; the commit still needs an id of its own.
fn random_command() -> CommandContext {
    let random = || RandomState::new().hash_one("command");
    CommandContext::new(format!("unnamed-{:016x}{:016x}", random(), random()))
}

fn log_error<E: std::error::Error>(error: LogError) -> AggregateError<E> {
    if let LogError::Corrupt(damage) = error {
        AggregateError::DeserializationError(damage.into())
    } else {
        AggregateError::DatabaseConnectionError(error.into())
    }
}

fn append_error<E: std::error::Error>(error: AppendError, bytes: usize) -> AggregateError<E> {
    type Told = ExecuteError<std::convert::Infallible>;
    let told = match error {
        AppendError::NotStored(error) => Told::Unavailable(error),
        AppendError::Unknown(error) => Told::OutcomeUnknown(error),
        AppendError::Full => Told::LogFull,
        AppendError::TooLarge => Told::TooLarge {
            bytes,
            limit: MAX_COMMIT_BYTES,
        },
    };
    AggregateError::DatabaseConnectionError(told.into())
}
