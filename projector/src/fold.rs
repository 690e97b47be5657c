//! Many commits into rows: one read, a fold in memory, one write.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroUsize,
};

use futures::future::BoxFuture;
use jetstream_es::Commit;
use lru::LruCache;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    error::ApplyError,
    view::{Facts, Source, View},
};

/// So many commits are folded before other tasks get their turn.
const TURN: usize = 256;

/// What became of the commits that were not applied, by their place in the batch.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// They cannot be applied.
    pub(crate) failed: Vec<(usize, ApplyError)>,
    /// They wait behind one that cannot be applied.
    pub(crate) held: Vec<usize>,
}

/// A view's rows in memory, written to and read from its tables.
///
/// Rows stay in memory between batches. That is safe because the checkpoint's compare-and-set keeps everybody else
/// from changing them; whoever loses it, or whose transaction fails, calls [`AnyFold::forget`].
pub(crate) trait AnyFold: Send {
    /// Applies the commits. Those of the aggregates in `blocked` are held; an aggregate whose commit fails is put there.
    fn apply_in_tx<'a>(
        &'a mut self,
        tx: &'a mut PgConnection,
        commits: &'a [&'a Commit],
        blocked: &'a mut HashSet<String>,
    ) -> BoxFuture<'a, Result<Folded, ApplyError>>;

    /// Drops all rows that are in memory.
    fn forget(&mut self);
}

pub(crate) struct Fold<V: View> {
    kept: LruCache<Uuid, V::Row>,
}

/// A row under work. It may not exist, or not be readable.
type Slot<R> = Result<Option<R>, ApplyError>;

impl<V: View> Fold<V> {
    pub(crate) fn new(rows: usize) -> Self {
        let rows = NonZeroUsize::new(rows).unwrap_or(NonZeroUsize::MIN);
        Self {
            kept: LruCache::new(rows),
        }
    }

    /// Takes the rows of the commits' aggregates out of memory, or reads them. Where a commit begins something, there is none.
    async fn gather_in_tx(
        &mut self,
        tx: &mut PgConnection,
        commits: &[&Commit],
        blocked: &HashSet<String>,
    ) -> Result<HashMap<Uuid, Slot<V::Row>>, ApplyError> {
        let mut slots = HashMap::new();
        let mut missing = Vec::new();
        for commit in commits {
            let Ok(id) = Uuid::try_parse(&commit.aggregate_id) else {
                continue;
            };
            if blocked.contains(&commit.aggregate_id) || slots.contains_key(&id) {
                continue;
            }
            let kept = self.kept.pop(&id);
            // A malformed commit has no version.
            if kept.is_none() && !<V::Aggregate as Source>::begins(commit) {
                missing.push(id);
            }
            slots.insert(id, Ok(kept));
        }
        if !missing.is_empty() {
            for (id, row) in V::read_in_tx(tx, &missing).await? {
                slots.insert(id, row.map(Some));
            }
        }
        Ok(slots)
    }

    async fn apply(
        &mut self,
        tx: &mut PgConnection,
        commits: &[&Commit],
        blocked: &mut HashSet<String>,
    ) -> Result<Folded, ApplyError> {
        let mut slots = self.gather_in_tx(tx, commits, blocked).await?;
        let mut folded = Folded::default();
        let mut touched = HashSet::new();
        for (index, commit) in commits.iter().enumerate() {
            if index % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            if blocked.contains(&commit.aggregate_id) {
                folded.held.push(index);
                continue;
            }
            match fold_one::<V>(&mut slots, commit) {
                Ok(id) => {
                    touched.insert(id);
                }
                // What was folded before it is gone too: the batch is tried again in smaller parts.
                Err(failure @ ApplyError::RowLost) => return Err(failure),
                Err(failure) => {
                    blocked.insert(commit.aggregate_id.clone());
                    folded.failed.push((index, failure));
                }
            }
        }
        let mut rows: Vec<(Uuid, V::Row)> = Vec::with_capacity(touched.len());
        for (id, slot) in slots {
            match slot {
                Ok(Some(row)) if touched.contains(&id) => rows.push((id, row)),
                Ok(Some(row)) => {
                    self.kept.push(id, row);
                }
                Ok(None) | Err(_) => {}
            }
        }
        if !rows.is_empty() {
            V::write_in_tx(tx, &mut rows).await?;
        }
        for (id, row) in rows {
            self.kept.push(id, row);
        }
        Ok(folded)
    }
}

/// Folds one commit into its row; a commit that fails leaves the row as it was.
fn fold_one<V: View>(
    slots: &mut HashMap<Uuid, Slot<V::Row>>,
    commit: &Commit,
) -> Result<Uuid, ApplyError> {
    let facts = Facts::of(commit)?;
    let events = <V::Aggregate as Source>::events(commit)?;
    let slot = slots.entry(facts.id).or_insert(Ok(None));
    let mut row = std::mem::replace(slot, Ok(None))?;
    let was_there = row.is_some();
    for event in events {
        row = V::fold(row, event, &facts);
    }
    if row.is_none() {
        if was_there {
            return Err(ApplyError::RowLost);
        }
        return Err(ApplyError::Unexpected(
            "nothing is known of the aggregate before it",
        ));
    }
    *slot = Ok(row);
    Ok(facts.id)
}

impl<V: View> AnyFold for Fold<V> {
    fn apply_in_tx<'a>(
        &'a mut self,
        tx: &'a mut PgConnection,
        commits: &'a [&'a Commit],
        blocked: &'a mut HashSet<String>,
    ) -> BoxFuture<'a, Result<Folded, ApplyError>> {
        Box::pin(self.apply(tx, commits, blocked))
    }

    fn forget(&mut self) {
        self.kept.clear();
    }
}
