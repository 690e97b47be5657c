//! Times from PostgreSQL.

use time::OffsetDateTime;

/// From seconds since 1970. PostgreSQL knows times that we do not; none of ours is among them.
pub(crate) fn moment(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
