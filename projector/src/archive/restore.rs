//! The archive back into a log that is empty or lost its tail.

use jetstream_es::{EventLog, LogError, RawMessage};
use sqlx::PgPool;
use thiserror::Error;

use super::{
    pages::page,
    verify::{ArchiveError, ArchiveVerified, Walk, verify_archive, walk as walk_archive},
};
use crate::numbers::{from_sql, to_sql};

/// Why the log was not restored, or not wholly.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The log holds more than the archive: nothing was written.
    #[error("the log already holds {logged} messages, the archive {archived}")]
    LogAhead {
        /// The last sequence of the log.
        logged: u64,
        /// The last sequence of the archive.
        archived: u64,
    },
    /// The archive does not reach that far: nothing was written.
    #[error("the archive ends at {archived}, before {wanted}")]
    Beyond {
        /// What was asked for.
        wanted: u64,
        /// The last sequence of the archive.
        archived: u64,
    },
    /// The archive cannot be trusted, or is of another log.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The log took no more.
    #[error("the log took no more than {sequence} messages; doing it again goes on from there")]
    Log {
        /// The last sequence that it took.
        sequence: u64,
        /// Why.
        #[source]
        source: LogError,
    },
}

/// Proves the archive, stores what the log lacks at exactly the old sequences, up to and with `upto` or all of it, and
/// proves the log. `tell` learns of each step: what is done, how far it is, how far it has to go.
pub async fn restore_log(
    pool: &PgPool,
    log: &EventLog,
    upto: Option<u64>,
    mut tell: impl FnMut(&'static str, u64, u64),
) -> Result<ArchiveVerified, RestoreError> {
    let logged = log.last_sequence().await.map_err(ArchiveError::from)?;
    let proving = &mut |at, of| tell("proving the archive", at, of);
    let whole = walk_archive(pool, log, logged, proving).await?;
    let archived = from_sql(whole.sequence);
    let end = upto.unwrap_or(archived);
    if end > archived {
        return Err(RestoreError::Beyond {
            wanted: end,
            archived,
        });
    }
    if logged > end {
        return Err(RestoreError::LogAhead {
            logged,
            archived: end,
        });
    }
    let mut walk = Walk {
        sequence: to_sql(logged),
        hash: hash_at(pool, logged).await?,
    };
    loop {
        let links = page(pool, walk.sequence)
            .await
            .map_err(ArchiveError::from)?;
        let first = from_sql(walk.sequence) + 1;
        let mut messages: Vec<RawMessage> = Vec::with_capacity(links.len());
        for link in links
            .into_iter()
            .filter(|link| from_sql(link.sequence) <= end)
        {
            walk.take(&link)?;
            let sequence = from_sql(link.sequence);
            messages.push(link.message().ok_or(ArchiveError::Broken {
                sequence,
                detail: "its headers cannot be read",
            })?);
        }
        if messages.is_empty() {
            break;
        }
        let restored = log.restore(first, &messages).await;
        restored.map_err(|source| RestoreError::Log {
            sequence: first - 1,
            source,
        })?;
        tell("restoring", from_sql(walk.sequence), end);
    }
    let mut proving = |at, of| tell("proving the log", at, of);
    if end == archived {
        return Ok(verify_archive(pool, log, proving).await?);
    }
    walk_archive(pool, log, end, &mut proving).await?;
    Ok(ArchiveVerified {
        archived: end,
        logged: end,
        head: walk.hash,
    })
}

async fn hash_at(pool: &PgPool, sequence: u64) -> Result<Vec<u8>, ArchiveError> {
    let hash = sqlx::query_scalar!(
        "SELECT hash FROM drape_archive.message WHERE sequence = $1",
        to_sql(sequence)
    )
    .fetch_optional(pool)
    .await?;
    Ok(hash.unwrap_or_else(|| Walk::start().hash))
}
