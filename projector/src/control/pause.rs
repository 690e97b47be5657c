//! Holding a view where it is, and letting it go on.

use sqlx::PgPool;

use super::{ControlError, tell_in_tx, view_named};

/// Holds the view where it is; reads go on from what is there. Takes effect with the next batch, in every process.
pub async fn pause(pool: &PgPool, view: &str) -> Result<(), ControlError> {
    set(pool, view, true).await
}

/// Lets the view go on.
pub async fn resume(pool: &PgPool, view: &str) -> Result<(), ControlError> {
    set(pool, view, false).await
}

async fn set(pool: &PgPool, view: &str, paused: bool) -> Result<(), ControlError> {
    let view = view_named(view)?;
    let mut tx = pool.begin().await?;
    let changed = sqlx::query!(
        "UPDATE drape.checkpoint SET paused = $2, revision = revision + 1 WHERE view = $1",
        view.name,
        paused
    )
    .execute(&mut *tx)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(ControlError::Waits(
            "no projector has looked after this view yet".to_owned(),
        ));
    }
    tell_in_tx(&mut tx, view.name).await?;
    tx.commit().await?;
    Ok(())
}
