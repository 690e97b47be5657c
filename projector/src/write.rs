//! A batch of commits into one generation: rows, dead letters and checkpoint in one transaction.

use std::{borrow::Borrow, time::Duration};

use jetstream_es::Commit;
use sqlx::{PgConnection, PgPool};
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use crate::{
    checkpoint::Checkpoint,
    dead_letter::{Aside, Letter, park_in_tx},
    error::{ApplyError, Setback, Stop, is_passing},
    fold::AnyFold,
    generation::Generation,
    text::chain,
};

/// Applies commits to one generation.
pub(crate) struct Writer {
    generation: Generation,
    pool: PgPool,
    fold: Box<dyn AnyFold>,
    aside: Aside,
    /// How long one transaction may take.
    limit: Duration,
    /// How often the database may refuse a commit before it is parked.
    tries: u32,
}

/// Why a transaction was not committed.
enum Failure {
    /// The database refuses a row of the batch.
    Refused(ApplyError),
    Setback(Setback),
}

impl<E: Into<Setback>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Setback(error.into())
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Database(failure) if is_passing(&failure) => Self::Setback(failure.into()),
            failure @ (ApplyError::Decode(_)
            | ApplyError::Document(_)
            | ApplyError::Time(_)
            | ApplyError::NoUuid
            | ApplyError::Unexpected(_)
            | ApplyError::RowLost
            | ApplyError::Database(_)) => Self::Refused(failure),
        }
    }
}

impl Writer {
    /// Keeps up to `rows` rows in memory.
    pub(crate) async fn open(
        pool: PgPool,
        generation: Generation,
        rows: usize,
        limit: Duration,
        tries: u32,
    ) -> Result<Self, sqlx::Error> {
        let aside = Aside::load(&pool, &generation.key, generation.view.name).await?;
        Ok(Self {
            fold: generation.view.new_fold(rows),
            generation,
            pool,
            aside,
            limit,
            tries,
        })
    }

    /// Applies the commits and moves the checkpoint to `end`, which is the last of them or behind it. A commit that
    /// cannot be applied is parked. After a failure, open a new writer.
    pub(crate) async fn apply<C: Borrow<Commit> + Sync>(
        &mut self,
        checkpoint: &mut Checkpoint,
        batch: &[C],
        end: &Checkpoint,
    ) -> Result<(), Stop> {
        let (mut rest, mut size, mut tries) = (batch, batch.len(), 0);
        loop {
            let part = rest.get(..size).unwrap_or(rest);
            let next = match part.last() {
                Some(last) if part.len() < rest.len() => checkpoint.moved_to(last.borrow()),
                Some(_) | None => end.clone(),
            };
            match self.apply_once(checkpoint, part, &next, None).await {
                Ok(()) => {
                    rest = rest.get(part.len()..).unwrap_or_default();
                    tries = 0;
                }
                Err(Failure::Setback(setback)) => return Err(setback.into()),
                Err(Failure::Refused(_)) if part.len() > 1 => {
                    size = part.len().div_ceil(2);
                    continue;
                }
                Err(Failure::Refused(refusal)) => {
                    tries += 1;
                    if tries < self.tries {
                        warn!("the database refused a commit: {}", chain(&refusal));
                        sleep(Duration::from_millis(20) * tries).await;
                        continue;
                    }
                    let refused = Some((&refusal, tries));
                    match self.apply_once(checkpoint, part, &next, refused).await {
                        Ok(()) => {
                            rest = rest.get(part.len()..).unwrap_or_default();
                            (size, tries) = (batch.len(), 0);
                        }
                        Err(Failure::Setback(setback)) => return Err(setback.into()),
                        Err(Failure::Refused(_)) => return Err(Setback::AnotherInstance.into()),
                    }
                }
            }
            *checkpoint = next;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    async fn apply_once<C: Borrow<Commit> + Sync>(
        &mut self,
        from: &Checkpoint,
        commits: &[C],
        to: &Checkpoint,
        refused: Option<(&ApplyError, u32)>,
    ) -> Result<(), Failure> {
        let blocked = self.aside.blocked.clone();
        let limit = self.limit;
        let applying = async {
            let ours = self.ours(commits);
            if ours.is_empty() {
                let mut connection = self.pool.acquire().await?;
                return advance_in_tx(&mut connection, &self.generation, from, to).await;
            }
            let mut tx = self.pool.begin().await?;
            // First of all: the row's lock keeps another instance from doing the same work.
            advance_in_tx(&mut tx, &self.generation, from, to).await?;
            self.apply_in_tx(&mut tx, &ours, refused).await?;
            tx.commit().await?;
            Ok(())
        };
        let applied = timeout(limit, applying).await;
        let applied = applied.unwrap_or_else(|_| Err(Setback::TimedOut.into()));
        if applied.is_err() {
            self.fold.forget();
            self.aside.blocked = blocked;
        }
        applied
    }

    /// The commits that this view is made of.
    fn ours<'c, C: Borrow<Commit>>(&self, commits: &'c [C]) -> Vec<&'c Commit> {
        let commits = commits.iter().map(Borrow::borrow);
        let ours = commits
            .filter(|commit: &&Commit| self.generation.view.wants(commit))
            .filter(|commit| !self.aside.discarded.contains(&commit.position.sequence));
        ours.collect()
    }

    /// Does it in a transaction of the caller's, who has to give this writer up when that fails.
    async fn apply_in_tx(
        &mut self,
        tx: &mut PgConnection,
        wanted: &[&Commit],
        refused: Option<(&ApplyError, u32)>,
    ) -> Result<(), Failure> {
        let letters = if let (Some((refusal, tries)), [commit]) = (refused, wanted) {
            self.aside.blocked.insert(commit.aggregate_id.clone());
            vec![Letter::parked(commit, refusal, tries)]
        } else {
            let folding = self.fold.apply_in_tx(tx, wanted, &mut self.aside.blocked);
            let folded = folding.await?;
            let failed = folded.failed.iter().filter_map(|(index, failure)| {
                Some(Letter::parked(wanted.get(*index)?, failure, 1))
            });
            let held = folded.held.iter();
            let held = held.filter_map(|index| Some(Letter::held(wanted.get(*index)?)));
            failed.chain(held).collect()
        };
        for letter in letters.iter().filter(|letter| letter.tries > 0) {
            let (view, at) = (&self.generation.key, &letter.commit.position);
            error!(
                view,
                sequence = at.sequence,
                class = letter.class.as_str(),
                "view {view} parks {at}: {}",
                letter.reason
            );
        }
        park_in_tx(tx, &self.generation.key, &letters).await?;
        Ok(())
    }
}

async fn advance_in_tx(
    tx: &mut PgConnection,
    generation: &Generation,
    from: &Checkpoint,
    to: &Checkpoint,
) -> Result<(), Failure> {
    if Checkpoint::advance_in_tx(tx, generation, from, to).await? {
        Ok(())
    } else {
        Err(Setback::AnotherInstance.into())
    }
}

/// Points the transaction at the tables of a generation. What a crash of the server takes away is read from the log
/// again, together with the checkpoint.
pub(crate) async fn point_in_tx(
    tx: &mut PgConnection,
    schema: &'static str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT set_config('synchronous_commit', 'off', TRUE) AS one, set_config('search_path', $1, TRUE) AS two",
        schema
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}
