//! Tells the log what was decided, as often as it takes.
//!
//! A note is deleted after the log has it. Whoever dies in between leaves it to the next, who tells it under the same command id: it
//! stands in the log once. Two processes may tell the same note, for the same reason. A log that lost something is told nothing: what
//! it lacks must be put back first.

use std::time::Duration;

use domain::{
    operations::projection::{Projection, ProjectionDecision, RecordDecision},
    shared::{Circumstances, Moment, Reason, ViewName, WideNetwork},
};
use jetstream_es::{CommandContext, EventLog, Executor};
use sqlx::PgPool;
use thiserror::Error;
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::{checkpoint::Checkpoint, error::Stop, numbers::from_sql, text::chain};

/// How often is looked for notes that nobody told of.
const LOOK: Duration = Duration::from_secs(2);

/// How long telling one note may take: longer than the log is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the log is not told yet. It is tried again.
#[derive(Debug, Error)]
enum TellError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the note about view {0} holds what no program of ours writes")]
    Unreadable(String),
    #[error("the log was not told")]
    Log(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("it took too long")]
    Slow,
}

/// A decision that the log has not been told yet.
struct Note {
    id: Uuid,
    view: String,
    what: String,
    sequence: Option<i64>,
    actor: String,
    network: Option<String>,
    reason: Option<String>,
    correlation_id: Option<String>,
    traceparent: Option<String>,
    decided_at: String,
}

impl Note {
    fn command(&self) -> Option<RecordDecision> {
        let from = self.network.as_deref().map(WideNetwork::parse);
        let reason = self.reason.as_deref().map(Reason::parse);
        Some(RecordDecision {
            view: ViewName::parse(&self.view).ok()?,
            decision: ProjectionDecision::named(&self.what, self.sequence.map(from_sql))?,
            decided: Circumstances {
                at: Moment::parse(&self.decided_at).ok()?,
                from: from.transpose().ok()?,
                reason: reason.transpose().ok()?,
            },
        })
    }

    fn context(&self) -> CommandContext {
        CommandContext {
            command_id: self.id.to_string(),
            actor: Some(self.actor.clone()),
            correlation_id: self.correlation_id.clone(),
            traceparent: self.traceparent.clone(),
            ..CommandContext::default()
        }
    }
}

/// Tells the log what is noted.
pub(crate) struct Teller {
    pool: PgPool,
    log: EventLog,
    projections: Executor<Projection>,
    /// Changes when somebody decided something.
    decided: watch::Receiver<u64>,
}

impl Teller {
    pub(crate) fn new(log: EventLog, pool: PgPool, decided: watch::Receiver<u64>) -> Self {
        Self {
            pool,
            projections: Executor::new(log.clone(), ()),
            log,
            decided,
        }
    }

    /// Tells until `shutdown`.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            self.decided.borrow_and_update();
            let telling = shutdown.run_until_cancelled(self.tell_all());
            if let Some(Err(error)) = telling.await {
                let why = chain(&error);
                warn!("the log is told later what was decided about views: {why}");
            }
            let decided = timeout(LOOK, self.decided.changed());
            let _ = shutdown.run_until_cancelled(decided).await;
        }
    }

    async fn tell_all(&self) -> Result<(), TellError> {
        loop {
            let notes = self.notes().await?;
            if notes.is_empty() || !self.is_whole().await? {
                return Ok(());
            }
            for note in notes {
                let telling = timeout(PATIENCE, self.tell(&note));
                telling.await.unwrap_or(Err(TellError::Slow))?;
            }
        }
    }

    /// Whether the log holds what the views have seen. Where it does not, the views say so.
    async fn is_whole(&self) -> Result<bool, TellError> {
        let Some(furthest) = Checkpoint::furthest(&self.pool).await? else {
            return Ok(true);
        };
        match timeout(PATIENCE, furthest.verify(&self.log)).await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(Stop::Halt(_) | Stop::Hold(_))) => Ok(false),
            Ok(Err(Stop::Setback(setback))) => Err(TellError::Log(Box::new(setback))),
            Err(_) => Err(TellError::Slow),
        }
    }

    async fn notes(&self) -> Result<Vec<Note>, TellError> {
        let notes = sqlx::query_as!(
            Note,
            "SELECT id, view, what, sequence, actor, network, reason, correlation_id, traceparent,
                    to_char(decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS \"decided_at!\"
             FROM drape.decision ORDER BY number LIMIT 20"
        );
        let fetching = timeout(PATIENCE, notes.fetch_all(&self.pool));
        Ok(fetching.await.map_err(|_| TellError::Slow)??)
    }

    async fn tell(&self, note: &Note) -> Result<(), TellError> {
        let unreadable = || TellError::Unreadable(note.view.clone());
        let command = note.command().ok_or_else(unreadable)?;
        let id = Projection::id_of(&command.view).to_string();
        let told = self
            .projections
            .execute(&id, command.into(), note.context());
        told.await
            .map_err(|error| TellError::Log(Box::new(error)))?;
        let delete = sqlx::query!("DELETE FROM drape.decision WHERE id = $1", note.id);
        delete.execute(&self.pool).await?;
        Ok(())
    }
}
