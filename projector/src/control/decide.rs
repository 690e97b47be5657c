//! Deciding about dead letters: trying again, leaving out.

use std::collections::HashSet;

use domain::operations::projection::ProjectionDecision;
use jetstream_es::{Commit, EventLog};
use sqlx::{PgConnection, PgPool};

use super::{ControlError, tell_in_tx, view_named};
use crate::{
    checkpoint::Checkpoint,
    dead_letter::{Letter, state},
    decision::{Decider, note_in_tx as note_decision_in_tx},
    error::ApplyError,
    generation::LIVE,
    numbers::{from_sql, to_sql},
    text::chain,
    view::AnyView,
    write::point_in_tx,
};

/// Letters of one aggregate that are tried at once.
const AT_ONCE: i64 = 1_000;

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Commits that the view has applied now.
    pub applied: u64,
    /// Commits of the aggregate that still wait.
    pub waiting: u64,
    /// Why the first of them could not be applied.
    pub reason: Option<String>,
}

/// The aggregate that a letter is about.
struct Target {
    view: AnyView,
    aggregate_id: String,
}

/// Tries the parked commit again, and if it can be applied all that wait behind it, in their order.
pub async fn retry_dead_letter(
    pool: &PgPool,
    log: &EventLog,
    id: i64,
    by: &Decider,
) -> Result<Decision, ControlError> {
    let (target, sequence) = find(pool, id).await?;
    // What takes effect is noted before, or a crash could lose who did it.
    let mut tx = pool.begin().await?;
    let what = ProjectionDecision::Retry(sequence);
    note_decision_in_tx(&mut tx, target.view.name, what, by).await?;
    tx.commit().await?;
    retry(pool, log, &target).await
}

/// Leaves the commit out of the view, for good and in later rebuilds too; what waits behind it is then tried.
pub async fn discard_dead_letter(
    pool: &PgPool,
    log: &EventLog,
    id: i64,
    by: &Decider,
) -> Result<Decision, ControlError> {
    let (target, sequence) = find(pool, id).await?;
    let mut tx = pool.begin().await?;
    lock_in_tx(&mut tx, &target).await?;
    let discarded = sqlx::query!(
        "UPDATE drape.dead_letter SET state = 'discarded', discarded_by = $2 WHERE id = $1 AND state <> 'discarded'",
        id,
        by.actor
    )
    .execute(&mut *tx)
    .await?;
    if discarded.rows_affected() == 0 {
        return Err(ControlError::NoDeadLetter(id));
    }
    bump_in_tx(&mut tx, &target).await?;
    let what = ProjectionDecision::Discard(sequence);
    note_decision_in_tx(&mut tx, target.view.name, what, by).await?;
    tx.commit().await?;
    retry(pool, log, &target).await
}

/// Tries again what another program could not read or apply, as this one may; answers how many commits are applied now.
pub(crate) async fn retry_after_deploy(
    pool: &PgPool,
    log: &EventLog,
    view: AnyView,
) -> Result<u64, ControlError> {
    let aggregates = sqlx::query_scalar!(
        "SELECT DISTINCT aggregate_id FROM drape.dead_letter
         WHERE view = $1 AND state = 'parked' AND class IN ('unknown-type', 'code') LIMIT $2",
        view.name,
        AT_ONCE
    )
    .fetch_all(pool)
    .await?;
    let mut applied = 0;
    for aggregate_id in aggregates {
        applied += retry(pool, log, &Target { view, aggregate_id })
            .await?
            .applied;
    }
    Ok(applied)
}

/// What the letter is about, and the sequence of its commit.
async fn find(pool: &PgPool, id: i64) -> Result<(Target, u64), ControlError> {
    let row = sqlx::query!(
        "SELECT view, aggregate_id, sequence FROM drape.dead_letter
         WHERE id = $1 AND state <> 'discarded' AND view NOT LIKE '%@next'",
        id
    )
    .fetch_optional(pool)
    .await?;
    let row = row.ok_or(ControlError::NoDeadLetter(id))?;
    let target = Target {
        view: view_named(&row.view)?,
        aggregate_id: row.aggregate_id,
    };
    Ok((target, from_sql(row.sequence)))
}

/// Applies what waits of the aggregate, part by part, until something cannot be applied.
async fn retry(pool: &PgPool, log: &EventLog, target: &Target) -> Result<Decision, ControlError> {
    let mut decision = Decision {
        applied: 0,
        waiting: 0,
        reason: None,
    };
    loop {
        let sequences = waiting(pool, target).await?;
        if sequences.is_empty() {
            return Ok(decision);
        }
        let commits = read(log, &sequences).await?;
        let part = apply(pool, target, &commits).await?;
        decision.applied += part.applied;
        if part.reason.is_some() || part.applied == 0 {
            decision.waiting = part.waiting;
            decision.reason = part.reason;
            return Ok(decision);
        }
    }
}

async fn waiting(pool: &PgPool, target: &Target) -> Result<Vec<u64>, sqlx::Error> {
    let sequences = sqlx::query_scalar!(
        "SELECT sequence FROM drape.dead_letter
         WHERE view = $1 AND aggregate_id = $2 AND state <> 'discarded' ORDER BY sequence LIMIT $3",
        target.view.name,
        target.aggregate_id,
        AT_ONCE
    )
    .fetch_all(pool)
    .await?;
    Ok(sequences.into_iter().map(from_sql).collect())
}

async fn read(log: &EventLog, sequences: &[u64]) -> Result<Vec<Commit>, ControlError> {
    let mut commits = Vec::with_capacity(sequences.len());
    for sequence in sequences {
        let commit = log.commit_at(*sequence).await?;
        commits.push(commit.ok_or_else(|| {
            ControlError::Waits(format!("the log holds nothing at sequence {sequence}"))
        })?);
    }
    Ok(commits)
}

async fn apply(
    pool: &PgPool,
    target: &Target,
    commits: &[Commit],
) -> Result<Decision, ControlError> {
    let mut tx = pool.begin().await?;
    lock_in_tx(&mut tx, target).await?;
    let wanted: Vec<&Commit> = commits.iter().collect();
    let mut blocked = HashSet::new();
    let mut fold = target.view.new_fold(1);
    let folded = fold.apply_in_tx(&mut tx, &wanted, &mut blocked).await;
    let folded = match folded {
        Ok(folded) => folded,
        Err(failure) => {
            tx.rollback().await?;
            return refused(pool, target, commits, &failure).await;
        }
    };
    let first = folded.failed.first();
    let through = first.map_or(commits.len(), |(index, _)| *index);
    let applied: Vec<i64> = commits
        .iter()
        .take(through)
        .map(|commit| to_sql(commit.position.sequence))
        .collect();
    let done = sqlx::query!(
        "DELETE FROM drape.dead_letter
         WHERE view = $1 AND aggregate_id = $2 AND state <> 'discarded' AND sequence = ANY($3)",
        target.view.name,
        target.aggregate_id,
        &applied
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() != applied.len() as u64 {
        return Err(ControlError::Changed);
    }
    let mut reason = None;
    if let Some((index, failure)) = first
        && let Some(commit) = commits.get(*index)
    {
        note_in_tx(&mut tx, target, &Letter::parked(commit, failure, 1)).await?;
        reason = Some(chain(failure));
    }
    bump_in_tx(&mut tx, target).await?;
    tx.commit().await?;
    let waiting = commits.len() - through;
    Ok(Decision {
        applied: applied.len() as u64,
        waiting: waiting as u64,
        reason,
    })
}

/// The database refused the rows: nothing was applied.
async fn refused(
    pool: &PgPool,
    target: &Target,
    commits: &[Commit],
    failure: &ApplyError,
) -> Result<Decision, ControlError> {
    // One of many: the parked one is tried alone, so that it is known which it is.
    if commits.len() > 1
        && let Some(first) = commits.first()
    {
        return Box::pin(apply(pool, target, std::slice::from_ref(first))).await;
    }
    if let Some(commit) = commits.first() {
        let mut tx = pool.begin().await?;
        lock_in_tx(&mut tx, target).await?;
        note_in_tx(&mut tx, target, &Letter::parked(commit, failure, 1)).await?;
        tx.commit().await?;
    }
    Ok(Decision {
        applied: 0,
        waiting: commits.len() as u64,
        reason: Some(chain(failure)),
    })
}

/// Keeps the runner from moving the view meanwhile, and points at its live tables.
async fn lock_in_tx(tx: &mut PgConnection, target: &Target) -> Result<(), ControlError> {
    sqlx::query!("SET LOCAL lock_timeout = '10s'")
        .execute(&mut *tx)
        .await?;
    point_in_tx(tx, LIVE).await?;
    let found = Checkpoint::lock_in_tx(tx, target.view.name).await?;
    if found.is_some_and(|found| found.version == target.view.version) {
        Ok(())
    } else {
        Err(ControlError::Waits(
            "the view's rows are of another version than this program's".to_owned(),
        ))
    }
}

/// Makes the runner forget what it holds in memory.
async fn bump_in_tx(tx: &mut PgConnection, target: &Target) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE drape.checkpoint SET revision = revision + 1 WHERE view = $1",
        target.view.name
    )
    .execute(&mut *tx)
    .await?;
    tell_in_tx(tx, target.view.name).await
}

async fn note_in_tx(
    tx: &mut PgConnection,
    target: &Target,
    letter: &Letter<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE drape.dead_letter SET state = $3, class = $4, reason = $5, tries = tries + 1
         WHERE view = $1 AND sequence = $2 AND state <> 'discarded'",
        target.view.name,
        to_sql(letter.commit.position.sequence),
        state(letter.class),
        letter.class.as_str(),
        letter.reason
    )
    .execute(tx)
    .await?;
    Ok(())
}
