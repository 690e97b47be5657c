//! The tables of a generation under construction.

use jetstream_es::EventLog;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::Cause;
use crate::{
    checkpoint::Checkpoint,
    error::{Setback, Stop},
    generation::{Generation, LIVE, NEXT},
};

/// What is to be built.
pub(crate) struct Plan {
    pub(crate) cause: Cause,
    /// Old and new rows were compared already.
    pub(crate) compared: bool,
    /// Where the new generation stands.
    pub(crate) checkpoint: Checkpoint,
}

/// Makes the tables, or finds those of a rebuild that was interrupted. Nothing when it was called off.
pub(super) async fn prepare(
    pool: &PgPool,
    next: &Generation,
    log: &EventLog,
) -> Result<Option<Plan>, Stop> {
    let mut tx = pool.begin().await?;
    let found = Checkpoint::lock_in_tx(&mut tx, &next.key).await?;
    let asked = sqlx::query!(
        "SELECT cause, report IS NOT NULL AS \"compared!\" FROM drape.rebuild
         WHERE view = $1 AND state IN ('requested', 'building') FOR UPDATE",
        next.view.name
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(asked) = asked else { return Ok(None) };
    let cause = if asked.cause == Cause::Version.as_str() {
        Cause::Version
    } else {
        Cause::Requested
    };
    if let Some(found) = found
        && found.version == next.view.version
        && found.checkpoint.verify(log).await.is_ok()
    {
        return Ok(Some(Plan {
            cause,
            compared: asked.compared,
            checkpoint: found.checkpoint,
        }));
    }
    let checkpoint = Checkpoint::start(log);
    drop_in_tx(&mut tx, next).await?;
    for table in next.view.tables {
        let name = table.name;
        let make = format!("CREATE TABLE {NEXT}.{name} (LIKE {LIVE}.{name} INCLUDING ALL)");
        sqlx::query(AssertSqlSafe(make)).execute(&mut *tx).await?;
    }
    let made = sqlx::query!(
        "INSERT INTO drape.checkpoint (view, version, epoch, sequence, fingerprint) VALUES ($1, $2, $3, 0, '')
         ON CONFLICT (view) DO NOTHING",
        next.key,
        next.view.version,
        checkpoint.epoch
    )
    .execute(&mut *tx)
    .await?;
    if made.rows_affected() == 0 {
        return Err(Setback::AnotherInstance.into());
    }
    sqlx::query!(
        "UPDATE drape.rebuild SET state = 'building', report = NULL WHERE view = $1",
        next.view.name
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(Plan {
        cause,
        compared: false,
        checkpoint,
    }))
}

/// Removes the tables, the checkpoint and the dead letters.
pub(super) async fn drop_in_tx(
    tx: &mut PgConnection,
    next: &Generation,
) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM drape.checkpoint WHERE view = $1", next.key)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM drape.dead_letter WHERE view = $1", next.key)
        .execute(&mut *tx)
        .await?;
    for table in next.view.tables {
        let drop = format!("DROP TABLE IF EXISTS {NEXT}.{}", table.name);
        sqlx::query(AssertSqlSafe(drop)).execute(&mut *tx).await?;
    }
    Ok(())
}
