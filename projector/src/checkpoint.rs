//! How far a generation of a view has come, and whether the log still agrees.

use jetstream_es::{Commit, EventLog, LogError};
use sqlx::{PgConnection, PgPool};

use crate::{
    error::{HaltError, Hold, Setback, Stop},
    generation::Generation,
    numbers::{from_sql, to_sql},
    rebuild,
};

/// How far a generation has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) epoch: String,
    pub(crate) sequence: u64,
    pub(crate) fingerprint: Vec<u8>,
    /// Raised by whoever changes rows or rules beside the runner.
    pub(crate) revision: i64,
}

/// A checkpoint's row.
pub(crate) struct Found {
    pub(crate) version: i32,
    pub(crate) paused: bool,
    pub(crate) checkpoint: Checkpoint,
}

impl Checkpoint {
    /// Before the first commit.
    pub(crate) fn start(log: &EventLog) -> Self {
        Self {
            epoch: log.epoch().as_str().to_owned(),
            sequence: 0,
            fingerprint: Vec::new(),
            revision: 0,
        }
    }

    /// The one of the view that has come furthest; none where no view has seen anything.
    pub(crate) async fn furthest(pool: &PgPool) -> Result<Option<Self>, sqlx::Error> {
        let row = sqlx::query!(
            "SELECT epoch, sequence, fingerprint, revision FROM drape.checkpoint
             WHERE view NOT LIKE '%@next' AND sequence > 0 ORDER BY sequence DESC LIMIT 1"
        )
        .fetch_optional(pool)
        .await?;
        Ok(row.map(|row| Self {
            epoch: row.epoch,
            sequence: from_sql(row.sequence),
            fingerprint: row.fingerprint,
            revision: row.revision,
        }))
    }

    /// Where this one is once the commit is applied.
    pub(crate) fn moved_to(&self, commit: &Commit) -> Self {
        Self {
            epoch: commit.position.epoch.as_str().to_owned(),
            sequence: commit.position.sequence,
            fingerprint: commit.fingerprint.to_vec(),
            revision: self.revision,
        }
    }

    /// The row, locked until the transaction ends.
    pub(crate) async fn lock_in_tx(
        tx: &mut PgConnection,
        key: &str,
    ) -> Result<Option<Found>, sqlx::Error> {
        let row = sqlx::query!(
            "SELECT version, epoch, sequence, fingerprint, revision, paused FROM drape.checkpoint
             WHERE view = $1 FOR UPDATE",
            key
        )
        .fetch_optional(tx)
        .await?;
        Ok(row.map(|row| Found {
            version: row.version,
            paused: row.paused,
            checkpoint: Self {
                epoch: row.epoch,
                sequence: from_sql(row.sequence),
                fingerprint: row.fingerprint,
                revision: row.revision,
            },
        }))
    }

    /// Reads the live checkpoint of a view, and says when there is something to wait for. A view that is older than
    /// this program asks for a new generation.
    pub(crate) async fn load(
        pool: &PgPool,
        live: &Generation,
        log: &EventLog,
    ) -> Result<Self, Stop> {
        let start = Self::start(log);
        let mut tx = pool.begin().await?;
        sqlx::query!(
            "INSERT INTO drape.checkpoint (view, version, epoch, sequence, fingerprint)
             VALUES ($1, $2, $3, 0, '') ON CONFLICT (view) DO NOTHING",
            live.key,
            live.view.version,
            start.epoch
        )
        .execute(&mut *tx)
        .await?;
        let found = Self::lock_in_tx(&mut tx, &live.key).await?;
        let Some(found) = found else {
            return Err(Setback::AnotherInstance.into());
        };
        if found.version > live.view.version {
            return Err(HaltError::Superseded {
                found: found.version,
                ours: live.view.version,
            }
            .into());
        }
        let mut checkpoint = found.checkpoint;
        if checkpoint.sequence == 0 {
            // There are no rows that could be of another version or log.
            checkpoint = Self {
                revision: checkpoint.revision,
                ..start
            };
            sqlx::query!(
                "UPDATE drape.checkpoint SET version = $2, epoch = $3, fingerprint = '' WHERE view = $1",
                live.key,
                live.view.version,
                checkpoint.epoch
            )
            .execute(&mut *tx)
            .await?;
        } else if found.version < live.view.version {
            rebuild::ask_in_tx(&mut tx, live.view.name, rebuild::Cause::Version).await?;
            tx.commit().await?;
            // Nothing new is built over a loss.
            checkpoint.verify(log).await?;
            return Err(Hold::Outdated.into());
        }
        tell_in_tx(&mut tx, &live.key, checkpoint.sequence).await?;
        tx.commit().await?;
        if found.paused {
            return Err(Hold::Paused.into());
        }
        Ok(checkpoint)
    }

    /// Moves the checkpoint, tells so, and points the transaction at the generation's tables: all in one round trip. False when another
    /// instance moved it before, or somebody changed the rows or rules beside us. What a crash of the server takes away is read from the
    /// log again. Outside a transaction it is one of its own.
    pub(crate) async fn advance_in_tx(
        tx: &mut PgConnection,
        generation: &Generation,
        from: &Self,
        to: &Self,
    ) -> Result<bool, sqlx::Error> {
        let moved = sqlx::query!(
            "WITH moved AS (
                 UPDATE drape.checkpoint SET epoch = $1, sequence = $2, fingerprint = $3
                 WHERE view = $4 AND version = $5 AND epoch = $6 AND sequence = $7 AND fingerprint = $8
                     AND revision = $9 AND NOT paused
                 RETURNING view, sequence
             )
             SELECT pg_notify('drape_checkpoint', view || ' ' || sequence)::TEXT AS told,
                 set_config('synchronous_commit', 'off', TRUE) AS one, set_config('search_path', $10, TRUE) AS two
             FROM moved",
            to.epoch,
            to_sql(to.sequence),
            to.fingerprint,
            generation.key,
            generation.view.version,
            from.epoch,
            to_sql(from.sequence),
            from.fingerprint,
            from.revision,
            generation.schema
        )
        .fetch_optional(tx)
        .await?;
        Ok(moved.is_some())
    }

    /// Whether the log still holds what the view has seen.
    pub(crate) async fn verify(&self, log: &EventLog) -> Result<(), Stop> {
        if self.epoch != log.epoch().as_str() {
            return Err(HaltError::EpochChanged {
                expected: self.epoch.clone(),
                found: log.epoch().clone(),
            }
            .into());
        }
        self.verify_content(log).await
    }

    /// The same, whatever the log calls itself.
    pub(crate) async fn verify_content(&self, log: &EventLog) -> Result<(), Stop> {
        if self.sequence == 0 {
            return Ok(());
        }
        let last = log
            .last_sequence()
            .await
            .map_err(|error| self.stop(error, log))?;
        if last < self.sequence {
            return Err(HaltError::LogBehind {
                checkpoint: self.sequence,
                last,
            }
            .into());
        }
        let commit = log
            .commit_at(self.sequence)
            .await
            .map_err(|error| self.stop(error, log))?;
        if commit.is_some_and(|commit| commit.fingerprint == *self.fingerprint) {
            Ok(())
        } else {
            Err(HaltError::LogDiffers {
                sequence: self.sequence,
            }
            .into())
        }
    }

    fn stop(&self, error: LogError, log: &EventLog) -> Stop {
        if matches!(error, LogError::EpochChanged { .. }) {
            Stop::Halt(HaltError::EpochChanged {
                expected: self.epoch.clone(),
                found: log.epoch().clone(),
            })
        } else {
            Stop::Setback(Setback::Log(error))
        }
    }
}

/// Whoever listens learns, once the transaction is committed, how far the generation has come.
pub(crate) async fn tell_in_tx(
    tx: &mut PgConnection,
    key: &str,
    sequence: u64,
) -> Result<(), sqlx::Error> {
    let told = format!("{key} {sequence}");
    sqlx::query_scalar!("SELECT pg_notify('drape_checkpoint', $1)", told)
        .fetch_one(tx)
        .await?;
    Ok(())
}
