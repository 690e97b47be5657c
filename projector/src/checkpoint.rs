//! How far a view has come, and whether the log still agrees.

use jetstream_es::{Commit, EventLog, LogError};
use sqlx::{PgConnection, PgPool};

use crate::{
    error::{HaltError, Setback, Stop},
    numbers::{from_sql, to_sql},
    view::AnyView,
};

/// How far a view has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) epoch: String,
    pub(crate) sequence: u64,
    pub(crate) fingerprint: Vec<u8>,
}

impl Checkpoint {
    pub(crate) fn after(commit: &Commit) -> Self {
        Self {
            epoch: commit.position.epoch.as_str().to_owned(),
            sequence: commit.position.sequence,
            fingerprint: commit.fingerprint.to_vec(),
        }
    }

    /// Reads the view's checkpoint. A view that is new, or older than this program, starts with no rows.
    pub(crate) async fn load(pool: &PgPool, view: &AnyView, log: &EventLog) -> Result<Self, Stop> {
        let epoch = log.epoch().as_str();
        let mut tx = pool.begin().await?;
        sqlx::query!(
            "INSERT INTO drape.checkpoint (view, version, epoch, sequence, fingerprint)
             VALUES ($1, $2, $3, 0, '') ON CONFLICT (view) DO NOTHING",
            view.name,
            view.version,
            epoch
        )
        .execute(&mut *tx)
        .await?;
        let row = sqlx::query!(
            "SELECT version, epoch, sequence, fingerprint FROM drape.checkpoint WHERE view = $1 FOR UPDATE",
            view.name
        )
        .fetch_one(&mut *tx)
        .await?;
        if row.version > view.version {
            return Err(HaltError::Superseded {
                found: row.version,
                ours: view.version,
            }
            .into());
        }
        let mut checkpoint = Self {
            epoch: row.epoch,
            sequence: from_sql(row.sequence),
            fingerprint: row.fingerprint,
        };
        let never_used = checkpoint.sequence == 0 && checkpoint.epoch != epoch;
        if row.version < view.version || never_used {
            (view.clear_in_tx)(&mut tx).await?;
            sqlx::query!(
                "UPDATE drape.checkpoint SET version = $2, epoch = $3, sequence = 0, fingerprint = ''
                 WHERE view = $1",
                view.name,
                view.version,
                epoch
            )
            .execute(&mut *tx)
            .await?;
            checkpoint = Self {
                epoch: epoch.to_owned(),
                sequence: 0,
                fingerprint: Vec::new(),
            };
        }
        checkpoint.tell_in_tx(&mut tx, view).await?;
        tx.commit().await?;
        Ok(checkpoint)
    }

    /// Moves the checkpoint and tells so; false when another instance moved it before.
    pub(crate) async fn advance_in_tx(
        tx: &mut PgConnection,
        view: &AnyView,
        from: &Self,
        to: &Self,
    ) -> Result<bool, sqlx::Error> {
        let moved = sqlx::query!(
            "UPDATE drape.checkpoint SET epoch = $1, sequence = $2, fingerprint = $3
             WHERE view = $4 AND version = $5 AND epoch = $6 AND sequence = $7 AND fingerprint = $8",
            to.epoch,
            to_sql(to.sequence),
            to.fingerprint,
            view.name,
            view.version,
            from.epoch,
            to_sql(from.sequence),
            from.fingerprint
        )
        .execute(&mut *tx)
        .await?;
        if moved.rows_affected() == 0 {
            return Ok(false);
        }
        to.tell_in_tx(tx, view).await?;
        Ok(true)
    }

    /// Whoever listens learns, once the transaction is committed, how far the view has come.
    async fn tell_in_tx(&self, tx: &mut PgConnection, view: &AnyView) -> Result<(), sqlx::Error> {
        let told = format!("{} {}", view.name, self.sequence);
        sqlx::query_scalar!("SELECT pg_notify('drape_checkpoint', $1)", told)
            .fetch_one(tx)
            .await?;
        Ok(())
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
