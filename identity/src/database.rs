//! The schema `identity`, its failures, and its times.

use std::{borrow::Cow, time::Duration};

use http_kit::Problem;
use sqlx::{PgPool, error::DatabaseError, migrate::MigrateError};
use time::OffsetDateTime;

/// How long one statement or transaction may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Brings the schema up to date. Safe to call from several processes at once.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    let mut migrator = sqlx::migrate!();
    // Beside what it is about: the views have a list of their own.
    migrator.table_name = Cow::Borrowed("identity.migration");
    migrator.create_schema("identity");
    migrator.run(pool).await
}

/// A time from PostgreSQL, which gives seconds since 1970. It knows times that we do not; none of ours is among them.
pub(crate) fn moment(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Runs a statement or a transaction with a time limit.
pub(crate) async fn in_time<T>(
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Problem> {
    match tokio::time::timeout(PATIENCE, statement).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            // The message of a broken constraint may name a value, which may be an address.
            let code = error.as_database_error().and_then(DatabaseError::code);
            let told = code.map_or_else(|| error.to_string(), Cow::into_owned);
            tracing::error!("the sign-in's database cannot be used: {told}");
            Err(Problem::unavailable())
        }
        Err(_) => {
            tracing::error!("the sign-in's database did not answer in time");
            Err(Problem::unavailable())
        }
    }
}
