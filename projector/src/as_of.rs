//! The views as they stood at an earlier position, built into another database.

use jetstream_es::{EventLog, LogError};
use sqlx::PgPool;
use thiserror::Error;
use time::OffsetDateTime;

use crate::{
    catch_up::catch_up,
    checkpoint::Checkpoint,
    error::{Setback, Stop},
    generation::Generation,
    options::ProjectorOptions,
    text::chain,
    views,
    write::Writer,
};

/// Which moment is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// After the commit with this sequence.
    Sequence(u64),
    /// After the last commit that the log had stored by then.
    Time(OffsetDateTime),
}

/// Why the views could not be built.
#[derive(Debug, Error)]
pub enum AsOfError {
    /// The log does not reach that far.
    #[error("the log ends at {last}, before {wanted}")]
    Beyond {
        /// What was asked for.
        wanted: u64,
        /// Where the log ends.
        last: u64,
    },
    /// The database holds views already.
    #[error("the database already holds views: give an empty one")]
    NotEmpty,
    /// The log or the database failed.
    #[error("it was interrupted: {0}")]
    Interrupted(String),
    /// The schema could not be made.
    #[error("the schema of the views cannot be made")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// PostgreSQL refused or did not answer.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The log did not answer.
    #[error("the event log failed")]
    Log(#[from] LogError),
}

impl From<Stop> for AsOfError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Halt(failure) => Self::Interrupted(chain(&failure)),
            Stop::Setback(Setback::Database(error)) => error.into(),
            Stop::Setback(Setback::Log(error)) => error.into(),
            Stop::Setback(setback) => Self::Interrupted(chain(&setback)),
            Stop::Hold(_) => Self::Interrupted("a projector uses this database".to_owned()),
        }
    }
}

/// Builds every view as it stood then into an empty database, and answers the sequence. `tell` learns how far it is and
/// how far it has to go.
pub async fn views_at(
    log: &EventLog,
    into: &PgPool,
    moment: AsOf,
    options: &ProjectorOptions,
    mut tell: impl FnMut(&'static str, u64, u64),
) -> Result<u64, AsOfError> {
    let last = log.last_sequence().await?;
    let upto = match moment {
        AsOf::Sequence(wanted) if wanted > last => return Err(AsOfError::Beyond { wanted, last }),
        AsOf::Sequence(wanted) => wanted,
        AsOf::Time(time) => sequence_at(log, time, last).await?,
    };
    crate::migrate(into).await?;
    let used = sqlx::query_scalar!("SELECT count(*) AS \"count!\" FROM drape.checkpoint")
        .fetch_one(into)
        .await?;
    if used > 0 {
        return Err(AsOfError::NotEmpty);
    }
    for view in views::all() {
        let live = Generation::live(view);
        let mut checkpoint = Checkpoint::load(into, &live, log).await?;
        let mut writer = Writer::open(
            into.clone(),
            live,
            options.rebuild_rows,
            options.database_timeout,
            options.tries,
        )
        .await?;
        let size = options.rebuild_batch_limit;
        let tell = |at| tell(view.name, at, upto);
        catch_up(log, view, &mut writer, &mut checkpoint, upto, size, tell).await?;
    }
    Ok(upto)
}

/// The last sequence that was stored by then. The server's times never go back.
async fn sequence_at(log: &EventLog, time: OffsetDateTime, last: u64) -> Result<u64, AsOfError> {
    let (mut before, mut after) = (0, last + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let commit = log.commit_at(middle).await?;
        let stored = commit.and_then(|commit| commit.message.stored);
        if stored.is_some_and(|stored| stored <= time) {
            before = middle;
        } else {
            after = middle;
        }
    }
    Ok(before)
}
