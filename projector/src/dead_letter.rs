//! Commits that a view could not apply, and those that wait behind them.

use std::collections::HashSet;

use jetstream_es::Commit;
use sqlx::{PgConnection, PgPool};

use crate::{
    error::{ApplyError, FailureClass},
    numbers::to_sql,
    text::chain,
};

/// What is written down of one.
pub(crate) struct Letter<'a> {
    pub(crate) commit: &'a Commit,
    pub(crate) class: FailureClass,
    pub(crate) reason: String,
    pub(crate) tries: u32,
}

impl<'a> Letter<'a> {
    pub(crate) fn parked(commit: &'a Commit, failure: &ApplyError, tries: u32) -> Self {
        Self {
            commit,
            class: failure.class(),
            reason: chain(failure),
            tries,
        }
    }

    pub(crate) fn held(commit: &'a Commit) -> Self {
        Self {
            commit,
            class: FailureClass::Held,
            reason: "an earlier commit of the aggregate is parked".to_owned(),
            tries: 0,
        }
    }
}

/// What a generation must not apply.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// Aggregates of which a commit is parked.
    pub(crate) blocked: HashSet<String>,
    /// Sequences that a person decided to leave out.
    pub(crate) discarded: HashSet<u64>,
}

impl Aside {
    /// Reads it. What is left out of the live view is left out of the next generation too.
    pub(crate) async fn load(pool: &PgPool, key: &str, view: &str) -> Result<Self, sqlx::Error> {
        let blocked = sqlx::query_scalar!(
            "SELECT DISTINCT aggregate_id FROM drape.dead_letter WHERE view = $1 AND state <> 'discarded'",
            key
        )
        .fetch_all(pool)
        .await?;
        let discarded = sqlx::query_scalar!(
            "SELECT sequence FROM drape.dead_letter WHERE view = $1 AND state = 'discarded'",
            view
        )
        .fetch_all(pool)
        .await?;
        Ok(Self {
            blocked: blocked.into_iter().collect(),
            discarded: discarded
                .into_iter()
                .filter_map(|sequence| u64::try_from(sequence).ok())
                .collect(),
        })
    }
}

/// Writes letters down, all in one statement.
pub(crate) async fn park_in_tx(
    tx: &mut PgConnection,
    key: &str,
    letters: &[Letter<'_>],
) -> Result<(), sqlx::Error> {
    if letters.is_empty() {
        return Ok(());
    }
    let sequences: Vec<i64> = letters
        .iter()
        .map(|letter| to_sql(letter.commit.position.sequence))
        .collect();
    let text = |of: fn(&Letter<'_>) -> String| -> Vec<String> { letters.iter().map(of).collect() };
    let tries: Vec<i32> = letters
        .iter()
        .map(|letter| i32::try_from(letter.tries).unwrap_or(i32::MAX))
        .collect();
    sqlx::query!(
        "INSERT INTO drape.dead_letter
             (view, sequence, aggregate_type, aggregate_id, event_types, state, class, reason, tries)
         SELECT $1, * FROM UNNEST($2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TEXT[], $8::TEXT[],
             $9::INTEGER[])",
        key,
        &sequences,
        &text(|letter| letter.commit.aggregate_type.clone()),
        &text(|letter| letter.commit.aggregate_id.clone()),
        &text(|letter| event_types(letter.commit)),
        &text(|letter| state(letter.class).to_owned()),
        &text(|letter| letter.class.as_str().to_owned()),
        &text(|letter| letter.reason.clone()),
        &tries
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What the state of a letter of this class is.
pub(crate) fn state(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Held => "held",
        FailureClass::Data
        | FailureClass::Code
        | FailureClass::UnknownType
        | FailureClass::Order => "parked",
    }
}

fn event_types(commit: &Commit) -> String {
    let types: Vec<&str> = commit
        .events
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    if types.is_empty() {
        "malformed".to_owned()
    } else {
        types.join(",")
    }
}
