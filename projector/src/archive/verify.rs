//! The whole archive against itself and against the log, in constant memory.

use jetstream_es::{EventLog, LogError, SubjectFilter};
use sqlx::PgPool;
use thiserror::Error;

use super::{
    chain::{Link, START},
    pages::page,
};
use crate::numbers::{from_sql, to_sql};

/// What a verification found in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveVerified {
    /// Messages in the archive; the last one's sequence.
    pub archived: u64,
    /// The last sequence of the log.
    pub logged: u64,
    /// The hash at the end of the chain: whoever notes it can prove later that nothing before it was changed.
    pub head: Vec<u8>,
}

/// Why the archive and the log do not prove each other.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// A message in the archive is not what was chained.
    #[error("the archive was changed at sequence {sequence}: {detail}")]
    Broken {
        /// The first wrong position.
        sequence: u64,
        /// What is wrong.
        detail: &'static str,
    },
    /// The log holds another message.
    #[error("the log holds something else at sequence {sequence} than the archive")]
    Differs {
        /// The first wrong position.
        sequence: u64,
    },
    /// The log lost its tail.
    #[error(
        "the log ends at {logged}, the archive holds {archived}: `drape archive restore` completes it"
    )]
    LogBehind {
        /// The last sequence of the log.
        logged: u64,
        /// The last sequence of the archive.
        archived: u64,
    },
    /// PostgreSQL refused or did not answer.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The log did not answer.
    #[error("the event log failed")]
    Log(#[from] LogError),
}

/// Walks along the chain from its start.
pub(super) struct Walk {
    pub(super) sequence: i64,
    pub(super) hash: Vec<u8>,
}

impl Walk {
    pub(super) fn start() -> Self {
        Self {
            sequence: 0,
            hash: START.to_vec(),
        }
    }

    /// Takes the next link, if it is the next one.
    pub(super) fn take(&mut self, link: &Link) -> Result<(), ArchiveError> {
        let broken = |sequence: i64, detail| {
            Err(ArchiveError::Broken {
                sequence: from_sql(sequence),
                detail,
            })
        };
        let expected = self.sequence + 1;
        if link.sequence != expected {
            return broken(expected, "this message is missing");
        }
        if link.prev_hash != self.hash {
            return broken(expected, "it does not follow on the message before it");
        }
        if link.computed() != link.hash {
            return broken(expected, "its hash is not that of its content");
        }
        self.sequence = link.sequence;
        self.hash.clone_from(&link.hash);
        Ok(())
    }
}

/// Verifies everything; `tell` learns how far it is and how far it has to go.
pub async fn verify_archive(
    pool: &PgPool,
    log: &EventLog,
    mut tell: impl FnMut(u64, u64),
) -> Result<ArchiveVerified, ArchiveError> {
    let logged = log.last_sequence().await?;
    let walk = walk(pool, log, logged, &mut tell).await?;
    let archived = from_sql(walk.sequence);
    if logged < archived {
        return Err(ArchiveError::LogBehind { logged, archived });
    }
    Ok(ArchiveVerified {
        archived,
        logged,
        head: walk.hash,
    })
}

/// The whole chain, and the log beside it as far as `logged`.
pub(super) async fn walk(
    pool: &PgPool,
    log: &EventLog,
    logged: u64,
    tell: &mut impl FnMut(u64, u64),
) -> Result<Walk, ArchiveError> {
    let last = sqlx::query_scalar!("SELECT max(sequence) FROM drape_archive.message")
        .fetch_one(pool)
        .await?;
    let last = from_sql(last.unwrap_or(0));
    let mut walk = Walk::start();
    loop {
        let links = page(pool, walk.sequence).await?;
        if links.is_empty() {
            return Ok(walk);
        }
        let before = walk.sequence;
        for link in &links {
            walk.take(link)?;
        }
        compare(log, before, &links, logged).await?;
        tell(from_sql(walk.sequence), last);
    }
}

/// One page against the same stretch of the log.
async fn compare(
    log: &EventLog,
    before: i64,
    links: &[Link],
    logged: u64,
) -> Result<(), ArchiveError> {
    let there = links
        .iter()
        .take_while(|link| link.sequence <= to_sql(logged));
    let there: Vec<&Link> = there.collect();
    if there.is_empty() {
        return Ok(());
    }
    let read = log
        .read(from_sql(before), &SubjectFilter::all(), there.len())
        .await?;
    let mut commits = read.commits.iter();
    for link in there {
        let same = commits.next().is_some_and(|commit| {
            to_sql(commit.position.sequence) == link.sequence && link.is_of(&commit.message)
        });
        if !same {
            return Err(ArchiveError::Differs {
                sequence: from_sql(link.sequence),
            });
        }
    }
    Ok(())
}
