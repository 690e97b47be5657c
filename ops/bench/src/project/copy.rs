//! What projecting is held against: COPY of the rows that it made into empty tables with the same indexes and checks.

use std::time::Instant;

use futures::StreamExt;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::closed_loop::median;

/// Short as it is, one round says little.
const ROUNDS: usize = 3;

/// How many rows these tables of the schema `drape` have, and how many seconds it takes to copy them.
pub(super) async fn measure(database: &str, tables: &[&str]) -> anyhow::Result<(u64, f64)> {
    let mut connection = PgConnection::connect(database).await?;
    let (mut rows, mut seconds) = (0, 0.0);
    for table in tables {
        let bytes = out_of(&mut connection, table).await?;
        let mut rounds = vec![];
        let mut copied = 0;
        for round in 0..ROUNDS {
            // The names are ours.
            let copy = format!("copy_{round}_of_{table}");
            let make = format!("CREATE TABLE {copy} (LIKE drape.{table} INCLUDING ALL)");
            sqlx::query(AssertSqlSafe(make))
                .execute(&mut connection)
                .await?;
            let began = Instant::now();
            let statement = format!("COPY {copy} FROM STDIN");
            let mut into = connection.copy_in_raw(&statement).await?;
            into.send(&*bytes).await?;
            copied = into.finish().await?;
            rounds.push(began.elapsed().as_secs_f64());
        }
        rows += copied;
        seconds += median(&rounds);
    }
    connection.close().await?;
    Ok((rows, seconds))
}

async fn out_of(connection: &mut PgConnection, table: &str) -> anyhow::Result<Vec<u8>> {
    let statement = format!("COPY drape.{table} TO STDOUT");
    let mut chunks = connection.copy_out_raw(&statement).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}
