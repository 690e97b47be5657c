//! Holding a view where it is, and letting it go on.

use domain::operations::projection::ProjectionDecision;
use sqlx::PgPool;

use super::{ControlError, view_named};
use crate::decision::{Decider, note_in_tx};

/// Holds the view where it is; reads go on from what is there. Takes effect with the next batch, in every process.
pub async fn pause(pool: &PgPool, view: &str, by: &Decider) -> Result<(), ControlError> {
    set(pool, view, ProjectionDecision::Pause, by).await
}

/// Lets the view go on.
pub async fn resume(pool: &PgPool, view: &str, by: &Decider) -> Result<(), ControlError> {
    set(pool, view, ProjectionDecision::Resume, by).await
}

async fn set(
    pool: &PgPool,
    view: &str,
    what: ProjectionDecision,
    by: &Decider,
) -> Result<(), ControlError> {
    let view = view_named(view)?;
    let paused = what == ProjectionDecision::Pause;
    let mut tx = pool.begin().await?;
    let was_paused = sqlx::query_scalar!(
        "SELECT paused FROM drape.checkpoint WHERE view = $1 FOR UPDATE",
        view.name
    );
    let was_paused = was_paused.fetch_optional(&mut *tx).await?;
    let was_paused = was_paused.ok_or_else(|| {
        ControlError::Waits("no projector has looked after this view yet".to_owned())
    })?;
    // What is so already is no decision.
    if was_paused == paused {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE drape.checkpoint SET paused = $2, revision = revision + 1 WHERE view = $1",
        view.name,
        paused
    )
    .execute(&mut *tx)
    .await?;
    note_in_tx(&mut tx, view.name, what, by).await?;
    tx.commit().await?;
    Ok(())
}
