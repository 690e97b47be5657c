//! Old rows against new ones.

use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::{
    generation::{LIVE, NEXT},
    view::{AnyView, Table},
};

/// So many keys are named of rows that differ.
const NAMED: i64 = 5;

/// How the live rows and those of a new generation differ at the same position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The sequence at which they were compared; none when the live rows are of another log.
    pub at: Option<u64>,
    /// Each table.
    pub tables: Vec<TableDifference>,
}

impl Comparison {
    /// Rows that are not the same, or are in one of the generations only.
    pub fn differing(&self) -> u64 {
        self.tables.iter().map(|table| table.differing).sum()
    }
}

/// How one table differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDifference {
    /// The table's name.
    pub table: String,
    /// Rows that are not the same, or are in one of the generations only.
    pub differing: u64,
    /// The first few of their keys.
    pub keys: Vec<String>,
}

/// Compares all tables of the view.
pub(super) async fn compare_in_tx(
    tx: &mut PgConnection,
    view: &AnyView,
    at: u64,
) -> Result<Comparison, sqlx::Error> {
    let mut tables = Vec::new();
    for table in view.tables {
        tables.push(compare_table_in_tx(tx, table).await?);
    }
    Ok(Comparison {
        at: Some(at),
        tables,
    })
}

async fn compare_table_in_tx(
    tx: &mut PgConnection,
    table: &Table,
) -> Result<TableDifference, sqlx::Error> {
    let columns = sqlx::query_scalar!(
        "SELECT column_name::TEXT AS \"name!\" FROM information_schema.columns
         WHERE table_schema = 'drape' AND table_name = $1 ORDER BY ordinal_position",
        table.name
    )
    .fetch_all(&mut *tx)
    .await?;
    let all = |side: &str| -> String {
        let named: Vec<String> = columns
            .iter()
            .map(|column| format!("{side}.\"{column}\""))
            .collect();
        named.join(", ")
    };
    let (name, key) = (table.name, table.key.join(", "));
    let compare = format!(
        "SELECT concat_ws('/', {key}) AS key, count(*) OVER () AS differing
         FROM {LIVE}.{name} AS old FULL JOIN {NEXT}.{name} AS new USING ({key})
         WHERE ({}) IS DISTINCT FROM ({})
         ORDER BY 1 LIMIT {NAMED}",
        all("old"),
        all("new")
    );
    let rows = sqlx::query(AssertSqlSafe(compare)).fetch_all(tx).await?;
    let differing: i64 = rows.first().map_or(Ok(0), |row| row.try_get("differing"))?;
    let keys = rows.iter().map(|row| row.try_get("key"));
    Ok(TableDifference {
        table: name.to_owned(),
        differing: differing.unsigned_abs(),
        keys: keys.collect::<Result<_, _>>()?,
    })
}
