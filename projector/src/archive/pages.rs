//! Reading the archive, in order and in pages.

use sqlx::{PgConnection, PgPool};

use super::chain::{Link, START};
use crate::{checkpoint::Checkpoint, numbers::from_sql};

/// Messages that are in memory at once.
pub(super) const PAGE: i64 = 500;

/// The next page behind a sequence.
pub(super) async fn page(pool: &PgPool, after: i64) -> Result<Vec<Link>, sqlx::Error> {
    sqlx::query_as!(
        Link,
        "SELECT sequence, subject, headers, body, stored_ns, prev_hash, hash
         FROM drape_archive.message WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        after,
        PAGE
    )
    .fetch_all(pool)
    .await
}

/// Where the chain ends: the last sequence and its hash.
pub(super) async fn head_in_tx(tx: &mut PgConnection) -> Result<(i64, Vec<u8>), sqlx::Error> {
    let last = sqlx::query!(
        "SELECT sequence, hash FROM drape_archive.message ORDER BY sequence DESC LIMIT 1"
    )
    .fetch_optional(tx)
    .await?;
    Ok(last.map_or((0, START.to_vec()), |last| (last.sequence, last.hash)))
}

/// How far the archive has come, as a checkpoint; none when it was never begun.
pub(crate) async fn end_in_tx(tx: &mut PgConnection) -> Result<Option<Checkpoint>, sqlx::Error> {
    let log = sqlx::query_scalar!("SELECT epoch FROM drape_archive.log FOR UPDATE")
        .fetch_optional(&mut *tx)
        .await?;
    let Some(epoch) = log else { return Ok(None) };
    let last = sqlx::query_as!(
        Link,
        "SELECT sequence, subject, headers, body, stored_ns, prev_hash, hash
         FROM drape_archive.message ORDER BY sequence DESC LIMIT 1"
    )
    .fetch_optional(tx)
    .await?;
    Ok(Some(Checkpoint {
        epoch,
        sequence: last.as_ref().map_or(0, |last| from_sql(last.sequence)),
        fingerprint: last.map(|last| last.fingerprint()).unwrap_or_default(),
        revision: 0,
    }))
}
