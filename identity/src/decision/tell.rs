//! Tells the log what was decided, as often as it takes.
//!
//! A note is deleted after the log has it. Whoever dies in between leaves it to the next, who tells it under the same command id: it
//! stands in the log once. Two processes may tell the same note, for the same reason.

use std::time::Duration;

use domain::{
    identity::{account::RecordDecision, signing_keys::RecordReplacement},
    shared::{Circumstances, Moment, Reason, WideNetwork},
};
use jetstream_es::CommandContext;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use super::Decided;
use crate::{Identity, database::in_time};

/// How often is looked for notes of another process, and for those that could not be told.
const LOOK: Duration = Duration::from_secs(1);

/// How long telling one note may take: longer than the log is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the log is not told yet. It is tried again.
#[derive(Debug, Error)]
enum TellError {
    #[error("the sign-in's database cannot be used")]
    Database(#[from] sqlx::Error),
    #[error("the note holds what no program of ours writes")]
    Unreadable,
    #[error("the log was not told")]
    Log(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("it took too long")]
    Slow,
}

fn in_log(error: impl std::error::Error + Send + Sync + 'static) -> TellError {
    TellError::Log(Box::new(error))
}

/// A decision that the log has not been told yet.
struct Note {
    id: Uuid,
    account: Uuid,
    what: String,
    actor: String,
    network: Option<String>,
    reason: Option<String>,
    correlation_id: Option<String>,
    traceparent: Option<String>,
    decided_at: String,
}

impl Note {
    fn circumstances(&self) -> Option<Circumstances> {
        let from = self.network.as_deref().map(WideNetwork::parse);
        let reason = self.reason.as_deref().map(Reason::parse);
        Some(Circumstances {
            at: Moment::parse(&self.decided_at).ok()?,
            from: from.transpose().ok()?,
            reason: reason.transpose().ok()?,
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

impl Identity {
    /// Tells what is noted, until `stop`.
    pub(crate) async fn tell_decisions(&self, stop: &CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.decided.notified() => self.tell_all(stop).await,
                () = tokio::time::sleep(LOOK) => self.tell_all(stop).await,
            }
        }
    }

    /// A note that cannot be told holds back those about the same account only.
    async fn tell_all(&self, stop: &CancellationToken) {
        let mut held: Vec<Uuid> = Vec::new();
        while !stop.is_cancelled() {
            let Ok(notes) = in_time(self.notes(&held)).await else {
                return;
            };
            if notes.is_empty() {
                return;
            }
            for note in notes {
                if held.contains(&note.account) {
                    continue;
                }
                let told = tokio::time::timeout(PATIENCE, self.tell(&note));
                let told = stop.run_until_cancelled(told).await;
                let Some(told) = told else { return };
                if let Err(error) = told.unwrap_or(Err(TellError::Slow)) {
                    let why = telemetry::chain(&error);
                    warn!("the log is told later what an admin decided: {why}");
                    held.push(note.account);
                }
            }
        }
    }

    /// The next few, but those about these accounts.
    async fn notes(&self, but: &[Uuid]) -> Result<Vec<Note>, sqlx::Error> {
        sqlx::query_as!(
            Note,
            "SELECT id, account, what, actor, network, reason, correlation_id, traceparent,
                    to_char(decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS \"decided_at!\"
             FROM identity.decision WHERE account <> ALL($1) ORDER BY number LIMIT 20",
            but
        )
        .fetch_all(&self.pool)
        .await
    }

    async fn tell(&self, note: &Note) -> Result<(), TellError> {
        let decided = note.circumstances().ok_or(TellError::Unreadable)?;
        let what = Decided::named(note.account, &note.what).ok_or(TellError::Unreadable)?;
        let (id, context) = (note.account.to_string(), note.context());
        match what {
            Decided::Account(_, decision) => {
                let command = RecordDecision { decision, decided };
                let told = self.accounts.execute(&id, command.into(), context);
                told.await.map_err(in_log)?;
            }
            Decided::ReplaceSigningKeys => {
                let command = RecordReplacement { decided };
                let told = self.keys_in_log.execute(&id, command.into(), context);
                told.await.map_err(in_log)?;
            }
        }
        let delete = sqlx::query!("DELETE FROM identity.decision WHERE id = $1", note.id);
        delete.execute(&self.pool).await?;
        Ok(())
    }
}
