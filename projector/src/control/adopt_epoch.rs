//! After a restore: the same log under another name.

use jetstream_es::{Epoch, EventLog};
use sqlx::PgPool;
use thiserror::Error;

use super::{ControlError, tell_in_tx};
use crate::{
    archive,
    checkpoint::Checkpoint,
    error::{HaltError, Setback, Stop},
    numbers::from_sql,
    text::chain,
};

/// What now belongs to the log's epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The epoch.
    pub epoch: Epoch,
    /// Checkpoints whose epoch was changed: the view and its sequence.
    pub views: Vec<(String, u64)>,
    /// Where the archive stands, if its epoch was changed.
    pub archive: Option<u64>,
}

/// Why the epoch was not adopted. Nothing was changed.
#[derive(Debug, Error)]
pub enum AdoptError {
    /// The log is not the one that this was made from.
    #[error("the log is not the one that {what} was made from")]
    Differs {
        /// A view, or the archive.
        what: String,
        /// How.
        #[source]
        source: HaltError,
    },
    /// It could not be found out.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl From<sqlx::Error> for AdoptError {
    fn from(error: sqlx::Error) -> Self {
        Self::Control(error.into())
    }
}

/// Takes the log's epoch over into every checkpoint and the archive, all or none: each must find at its sequence the
/// very commit that it has seen last.
pub async fn adopt_epoch(pool: &PgPool, log: &EventLog) -> Result<Adopted, AdoptError> {
    let epoch = log.epoch().as_str();
    let mut tx = pool.begin().await?;
    let rows = sqlx::query!(
        "SELECT view, epoch, sequence, fingerprint, revision FROM drape.checkpoint
         WHERE epoch <> $1 ORDER BY view FOR UPDATE",
        epoch
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut views = Vec::new();
    for row in rows {
        let checkpoint = Checkpoint {
            epoch: row.epoch,
            sequence: from_sql(row.sequence),
            fingerprint: row.fingerprint,
            revision: row.revision,
        };
        agreed(checkpoint.verify_content(log).await, &row.view)?;
        sqlx::query!(
            "UPDATE drape.checkpoint SET epoch = $2, halted = NULL, revision = revision + 1 WHERE view = $1",
            row.view,
            epoch
        )
        .execute(&mut *tx)
        .await?;
        tell_in_tx(&mut tx, &row.view).await?;
        views.push((row.view, checkpoint.sequence));
    }
    let end = archive::end_in_tx(&mut tx).await?;
    let mut archived = None;
    if let Some(end) = end.filter(|end| end.epoch != epoch) {
        agreed(end.verify_content(log).await, "the archive")?;
        sqlx::query!(
            "UPDATE drape_archive.log SET epoch = $1, halted = NULL",
            epoch
        )
        .execute(&mut *tx)
        .await?;
        archived = Some(end.sequence);
    }
    tx.commit().await?;
    Ok(Adopted {
        epoch: log.epoch().clone(),
        views,
        archive: archived,
    })
}

fn agreed(verified: Result<(), Stop>, what: &str) -> Result<(), AdoptError> {
    match verified {
        Ok(()) => Ok(()),
        Err(Stop::Halt(source)) => Err(AdoptError::Differs {
            what: what.to_owned(),
            source,
        }),
        Err(Stop::Setback(Setback::Log(error))) => Err(ControlError::Log(error).into()),
        Err(Stop::Setback(Setback::Database(error))) => Err(error.into()),
        Err(Stop::Setback(setback)) => Err(ControlError::Waits(chain(&setback)).into()),
        Err(Stop::Hold(_)) => Err(ControlError::Changed.into()),
    }
}
