//! The new generation takes the place of the live one.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::sleep;

use crate::{
    checkpoint::{Checkpoint, tell_in_tx},
    control,
    error::{Setback, Stop},
    generation::{Generation, LIVE, NEXT},
    numbers::to_sql,
    view::AnyView,
};

/// Readers are kept waiting no longer than this, and then get a turn.
const LOCK_LIMIT: &str = "SET LOCAL lock_timeout = '200ms'";
const TRIES: u32 = 25;

/// Switches; the transaction holds the lock of the live checkpoint. Until it commits, readers see the old rows.
pub(super) async fn switch_in_tx(
    tx: &mut PgConnection,
    view: AnyView,
    at: &Checkpoint,
) -> Result<(), Stop> {
    let mut tries = 0;
    loop {
        let mut attempt = tx.begin().await?;
        match swap_in_tx(&mut attempt, view).await {
            Ok(()) => {
                attempt.commit().await?;
                break;
            }
            Err(failure) if is_busy(&failure) => {
                attempt.rollback().await?;
                tries += 1;
                if tries == TRIES {
                    return Err(Setback::TablesBusy.into());
                }
                sleep(Duration::from_millis(10) * tries).await;
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    move_checkpoint_in_tx(tx, view, at).await?;
    Ok(())
}

async fn swap_in_tx(tx: &mut PgConnection, view: AnyView) -> Result<(), sqlx::Error> {
    sqlx::query(LOCK_LIMIT).execute(&mut *tx).await?;
    let tables = view.tables.iter();
    let tables: Vec<String> = tables
        .map(|table| format!("{LIVE}.{}", table.name))
        .collect();
    let names = tables.join(", ");
    let lock = format!("LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE");
    sqlx::query(AssertSqlSafe(lock)).execute(&mut *tx).await?;
    let drop = format!("DROP TABLE {names}");
    sqlx::query(AssertSqlSafe(drop)).execute(&mut *tx).await?;
    for table in view.tables {
        let take = format!("ALTER TABLE {NEXT}.{} SET SCHEMA {LIVE}", table.name);
        sqlx::query(AssertSqlSafe(take)).execute(&mut *tx).await?;
    }
    Ok(())
}

/// A lock was not to be had in time, or a deadlock was resolved at our cost.
fn is_busy(failure: &sqlx::Error) -> bool {
    let code = failure
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("55P03" | "40P01"))
}

async fn move_checkpoint_in_tx(
    tx: &mut PgConnection,
    view: AnyView,
    at: &Checkpoint,
) -> Result<(), sqlx::Error> {
    let next = Generation::next(view);
    sqlx::query!(
        "UPDATE drape.checkpoint SET version = $2, epoch = $3, sequence = $4, fingerprint = $5, halted = NULL,
             revision = revision + 1
         WHERE view = $1",
        view.name,
        view.version,
        at.epoch,
        to_sql(at.sequence),
        at.fingerprint
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM drape.checkpoint WHERE view = $1", next.key)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "DELETE FROM drape.dead_letter WHERE view = $1 AND state <> 'discarded'",
        view.name
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE drape.dead_letter SET view = $1 WHERE view = $2",
        view.name,
        next.key
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE drape.rebuild SET state = 'done', ended = now() WHERE view = $1",
        view.name
    )
    .execute(&mut *tx)
    .await?;
    tell_in_tx(tx, view.name, at.sequence).await?;
    control::tell_in_tx(tx, view.name).await
}
