//! How the projections are doing, from what is written down about them.

use std::collections::BTreeMap;

use jetstream_es::{EventLog, Position};
use sqlx::PgPool;
use time::format_description::well_known::Rfc3339;

use super::ControlError;
use crate::{numbers::from_sql, rebuild::Comparison, view::AnyView, views};

/// A projector that said nothing for so long is taken for dead.
const SILENCE_S: f64 = 10.0;

/// One projection.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// The view.
    pub view: &'static str,
    /// The version that its rows are of; none before the first projector ran.
    pub version: Option<i32>,
    /// The version that this program builds.
    pub program_version: i32,
    /// `running`, `paused`, `halted`, `outdated` (its rows are of an older version) or `stopped` (no projector runs).
    pub state: &'static str,
    /// Why it halted.
    pub reason: Option<String>,
    /// How far it has come.
    pub position: Option<Position>,
    /// Commits of the log that it has not seen. None when it is of another log.
    pub lag_commits: Option<u64>,
    /// Age of the oldest commit that it has not seen, 0 when there is none.
    pub lag_seconds: Option<f64>,
    /// Commits that could not be applied.
    pub parked: u64,
    /// Commits that wait behind them.
    pub held: u64,
    /// The latest rebuild.
    pub rebuild: Option<Rebuild>,
}

/// A generation that is built, or the last one that was.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebuild {
    /// `requested`, `building`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// `requested` by a person, or for a new `version`.
    pub cause: String,
    /// How far it is.
    pub sequence: Option<u64>,
    /// How far it has to go.
    pub target: u64,
    /// When it was asked for, RFC 3339.
    pub since: String,
    /// How old and new rows differed.
    pub comparison: Option<Comparison>,
    /// Why it failed.
    pub failure: Option<String>,
}

/// All of them. The log is asked for how long commits wait.
pub async fn projections(pool: &PgPool, log: &EventLog) -> Result<Vec<Projection>, ControlError> {
    let mut rebuilds = rebuilds(pool).await?;
    let last = log.last_sequence().await?;
    let mut ages = BTreeMap::new();
    let mut all = Vec::new();
    for view in views::all() {
        let mut projection = projection(pool, view).await?;
        projection.rebuild = rebuilds.remove(view.name);
        if let Some(at) = &projection.position
            && at.epoch == *log.epoch()
            && at.sequence <= last
        {
            let sequence = at.sequence;
            let age = match ages.get(&sequence) {
                Some(age) => *age,
                None => age_of_next(pool, log, sequence, last).await?,
            };
            ages.insert(sequence, age);
            projection.lag_commits = Some(last - sequence);
            projection.lag_seconds = Some(age);
        }
        all.push(projection);
    }
    Ok(all)
}

async fn projection(pool: &PgPool, view: AnyView) -> Result<Projection, ControlError> {
    let row = sqlx::query!(
        "SELECT version, epoch, sequence, paused, halted,
             EXTRACT(EPOCH FROM clock_timestamp() - seen)::FLOAT8 AS silence,
             (SELECT count(*) FROM drape.dead_letter WHERE view = $1 AND state = 'parked') AS \"parked!\",
             (SELECT count(*) FROM drape.dead_letter WHERE view = $1 AND state = 'held') AS \"held!\"
         FROM drape.checkpoint WHERE view = $1",
        view.name
    )
    .fetch_optional(pool)
    .await?;
    let mut projection = Projection {
        view: view.name,
        version: None,
        program_version: view.version,
        state: "stopped",
        reason: None,
        position: None,
        lag_commits: None,
        lag_seconds: None,
        parked: 0,
        held: 0,
        rebuild: None,
    };
    let Some(row) = row else {
        return Ok(projection);
    };
    projection.state = if row.paused {
        "paused"
    } else if row.halted.is_some() {
        "halted"
    } else if row.silence.is_none_or(|silence| silence > SILENCE_S) {
        "stopped"
    } else if row.version < view.version {
        "outdated"
    } else {
        "running"
    };
    projection.version = Some(row.version);
    projection.reason = row.halted;
    projection.parked = from_sql(row.parked);
    projection.held = from_sql(row.held);
    projection.position = row.epoch.parse().ok().map(|epoch| Position {
        epoch,
        sequence: from_sql(row.sequence),
    });
    Ok(projection)
}

/// Seconds since the commit behind `sequence` was made.
async fn age_of_next(
    pool: &PgPool,
    log: &EventLog,
    sequence: u64,
    last: u64,
) -> Result<f64, ControlError> {
    if sequence >= last {
        return Ok(0.0);
    }
    let Some(commit) = log.commit_at(sequence + 1).await? else {
        return Ok(0.0);
    };
    // The database's clock, as the views' other times.
    let age = sqlx::query_scalar!(
        "SELECT EXTRACT(EPOCH FROM clock_timestamp() - $1::TEXT::TIMESTAMPTZ)::FLOAT8 AS \"age!\"",
        commit.time.format(&Rfc3339).unwrap_or_default()
    )
    .fetch_one(pool)
    .await?;
    Ok(age.max(0.0))
}

async fn rebuilds(pool: &PgPool) -> Result<BTreeMap<String, Rebuild>, ControlError> {
    let rows = sqlx::query!(
        "SELECT rebuild.view, cause, state, target, report, failure, next.sequence AS \"sequence?\",
             to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS \"since!\"
         FROM drape.rebuild LEFT JOIN drape.checkpoint AS next ON next.view = rebuild.view || '@next'"
    )
    .fetch_all(pool)
    .await?;
    let named = rows.into_iter().map(|row| {
        let rebuild = Rebuild {
            state: row.state,
            cause: row.cause,
            sequence: row.sequence.map(from_sql),
            target: from_sql(row.target),
            since: row.since,
            comparison: row
                .report
                .and_then(|report| serde_json::from_str(&report).ok()),
            failure: row.failure,
        };
        (row.view, rebuild)
    });
    Ok(named.collect())
}
