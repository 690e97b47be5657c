//! Looking at dead letters.

use sqlx::PgPool;

use super::ControlError;
use crate::numbers::from_sql;

/// A commit that a view could not apply, or that waits behind one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number.
    pub id: i64,
    /// The view.
    pub view: String,
    /// The commit's sequence in the log.
    pub sequence: u64,
    /// The aggregate's type.
    pub aggregate_type: String,
    /// The aggregate.
    pub aggregate_id: String,
    /// The types of its events.
    pub event_types: Vec<String>,
    /// `parked`, `held` behind a parked one, or `discarded`.
    pub state: String,
    /// `data`, `code`, `unknown-type`, `order` or `held`.
    pub class: String,
    /// Why it could not be applied.
    pub reason: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it was parked, RFC 3339.
    pub since: String,
    /// Who decided to leave it out.
    pub discarded_by: Option<String>,
}

/// Which dead letters are wanted.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterFilter {
    /// Those of one view.
    pub view: Option<String>,
    /// Those in one state.
    pub state: Option<String>,
    /// Those with a greater id.
    pub after: i64,
    /// This many at most.
    pub limit: u32,
}

/// Lists them by id.
pub async fn dead_letters(
    pool: &PgPool,
    filter: &DeadLetterFilter,
) -> Result<Vec<DeadLetter>, ControlError> {
    let rows = sqlx::query!(
        "SELECT id, view, sequence, aggregate_type, aggregate_id, event_types, state, class, reason, tries, discarded_by,
             to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS \"since!\"
         FROM drape.dead_letter
         WHERE view NOT LIKE '%@next' AND ($1::TEXT IS NULL OR view = $1) AND ($2::TEXT IS NULL OR state = $2) AND id > $3
         ORDER BY id LIMIT $4",
        filter.view,
        filter.state,
        filter.after,
        i64::from(filter.limit)
    )
    .fetch_all(pool)
    .await?;
    let letters = rows.into_iter().map(|row| DeadLetter {
        id: row.id,
        view: row.view,
        sequence: from_sql(row.sequence),
        aggregate_type: row.aggregate_type,
        aggregate_id: row.aggregate_id,
        event_types: row.event_types.split(',').map(ToOwned::to_owned).collect(),
        state: row.state,
        class: row.class,
        reason: row.reason,
        tries: row.tries.unsigned_abs(),
        since: row.since,
        discarded_by: row.discarded_by,
    });
    Ok(letters.collect())
}
