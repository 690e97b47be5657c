//! Connections that only read.

use std::{future::Future, str::FromStr, time::Duration};

use http_kit::Problem;
use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// A connection that was in use so short a time ago is taken to be alive.
const TRUSTED: Duration = Duration::from_secs(1);

/// A pool of read-only connections, made when they are wanted.
///
/// The plan of a list is made anew for each request: a generic plan ignores which filters are set and costs several
/// times as much.
pub fn read_pool(url: &str, max_connections: u32) -> Result<PgPool, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?.options([
        ("plan_cache_mode", "force_custom_plan"),
        ("default_transaction_read_only", "on"),
        ("statement_timeout", "5s"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(3))
        // A question to the server before each question would double what a read costs.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            let idle = known.idle_for;
            Box::pin(async move {
                if idle > TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

/// Runs a statement with a time limit.
pub(crate) async fn in_time<T>(
    limit: Duration,
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Problem> {
    match tokio::time::timeout(limit, statement).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a view cannot be read: {error}");
            Err(Problem::unavailable())
        }
        Err(_) => {
            tracing::warn!("a view was not read in time");
            Err(Problem::unavailable())
        }
    }
}
