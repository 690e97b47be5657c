//! The documents that an admin gets, and the problems.

use http::StatusCode;
use http_kit::Problem;
use projector::{Comparison, ControlError, DeadLetter, Projection, Rebuild};
use serde::Serialize;
use utoipa::ToSchema;

/// All projections.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectionList {
    /// Each of them.
    pub(super) items: Vec<ProjectionDocument>,
}

/// How one projection is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectionDocument {
    /// The view.
    #[schema(example = "garment_card")]
    view: &'static str,
    /// The version that its rows are of; none before the first projector ran.
    #[schema(required)]
    version: Option<i32>,
    /// The version that this program builds.
    program_version: i32,
    /// `running`, `paused`, `halted`, `outdated` (its rows are of an older version) or `stopped` (no projector runs).
    state: &'static str,
    /// Why it halted, and what to do.
    #[schema(required)]
    reason: Option<String>,
    /// How far it has come.
    #[schema(required)]
    position: Option<String>,
    /// Commits of the log that it has not seen; none when it is of another log.
    #[schema(required, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    lag_commits: Option<u64>,
    /// Age of the oldest commit that it has not seen.
    #[schema(required)]
    lag_seconds: Option<f64>,
    /// Commits that could not be applied.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    parked: u64,
    /// Commits that wait behind them.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    held: u64,
    /// The latest rebuild.
    #[schema(required)]
    rebuild: Option<RebuildDocument>,
}

/// A rebuild under way, or the last one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RebuildDocument {
    /// `requested`, `building`, `done`, `failed` or `cancelled`.
    state: String,
    /// `requested` by a person, or for a new `version`.
    cause: String,
    /// How far it is.
    #[schema(required, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    sequence: Option<u64>,
    /// How far it has to go.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    target: u64,
    /// When it was asked for.
    #[schema(format = DateTime)]
    since: String,
    /// How old and new rows differed at the same position.
    #[schema(required)]
    comparison: Option<ComparisonDocument>,
    /// Why it failed.
    #[schema(required)]
    failure: Option<String>,
}

/// How old and new rows differed at the same position.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ComparisonDocument {
    /// The sequence at which they were compared.
    #[schema(required, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    at: Option<u64>,
    /// Each table.
    tables: Vec<TableDifferenceDocument>,
}

/// How one table differed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TableDifferenceDocument {
    /// Its name.
    table: String,
    /// Rows that are not the same, or are in one of them only.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    differing: u64,
    /// The first few of their keys.
    keys: Vec<String>,
}

/// A commit that a view could not apply, or that waits behind one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadLetterDocument {
    /// Its number.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    id: i64,
    /// The view.
    view: String,
    /// The commit's sequence in the log.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    sequence: u64,
    /// The aggregate's type.
    #[schema(example = "catalog.garment")]
    aggregate_type: String,
    /// The aggregate.
    aggregate_id: String,
    /// The types of its events.
    event_types: Vec<String>,
    /// `parked`, `held` behind a parked one, or `discarded`.
    state: String,
    /// `data`, `code`, `unknown-type`, `order` or `held`.
    class: String,
    /// Why it could not be applied.
    reason: String,
    /// How often it was tried.
    #[schema(minimum = 0)]
    tries: u32,
    /// Since when.
    #[schema(format = DateTime)]
    since: String,
    /// Who decided to leave it out.
    #[schema(required)]
    discarded_by: Option<String>,
}

/// What came of a decision about a dead letter.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionDocument {
    /// Commits that the view has applied now.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub(super) applied: u64,
    /// Commits of the aggregate that still wait.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub(super) waiting: u64,
    /// Why the first of them could not be applied.
    #[schema(required)]
    pub(super) reason: Option<String>,
}

impl From<Projection> for ProjectionDocument {
    fn from(found: Projection) -> Self {
        Self {
            view: found.view,
            version: found.version,
            program_version: found.program_version,
            state: found.state,
            reason: found.reason,
            position: found.position.map(|position| position.to_string()),
            lag_commits: found.lag_commits,
            lag_seconds: found.lag_seconds,
            parked: found.parked,
            held: found.held,
            rebuild: found.rebuild.map(Into::into),
        }
    }
}

impl From<Rebuild> for RebuildDocument {
    fn from(rebuild: Rebuild) -> Self {
        Self {
            state: rebuild.state,
            cause: rebuild.cause,
            sequence: rebuild.sequence,
            target: rebuild.target,
            since: rebuild.since,
            comparison: rebuild.comparison.map(Into::into),
            failure: rebuild.failure,
        }
    }
}

impl From<Comparison> for ComparisonDocument {
    fn from(comparison: Comparison) -> Self {
        let tables = comparison.tables.into_iter();
        let tables = tables.map(|table| TableDifferenceDocument {
            table: table.table,
            differing: table.differing,
            keys: table.keys,
        });
        Self {
            at: comparison.at,
            tables: tables.collect(),
        }
    }
}

impl From<DeadLetter> for DeadLetterDocument {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id,
            view: letter.view,
            sequence: letter.sequence,
            aggregate_type: letter.aggregate_type,
            aggregate_id: letter.aggregate_id,
            event_types: letter.event_types,
            state: letter.state,
            class: letter.class,
            reason: letter.reason,
            tries: letter.tries,
            since: letter.since,
            discarded_by: letter.discarded_by,
        }
    }
}

/// What the caller is told when it could not be done.
pub(super) fn problem(error: &ControlError) -> Problem {
    let of = |status, code, title| Problem::new(status, code, title).detail(error.to_string());
    match error {
        ControlError::NoView(_) => of(
            StatusCode::NOT_FOUND,
            "view-not-found",
            "There is no such view",
        ),
        ControlError::NoDeadLetter(_) => of(
            StatusCode::NOT_FOUND,
            "dead-letter-not-found",
            "There is no such dead letter, or it was decided about already",
        ),
        ControlError::Changed => of(
            StatusCode::CONFLICT,
            "changed-meanwhile",
            "It was changed at the same time",
        ),
        ControlError::Waits(_) => of(StatusCode::CONFLICT, "not-now", "This has to wait"),
        ControlError::Halted(_) | ControlError::Database(_) | ControlError::Log(_) => {
            let why = telemetry::chain(error).to_string();
            tracing::warn!(error = %why, "an admin's request failed: {why}");
            Problem::unavailable()
        }
    }
}
