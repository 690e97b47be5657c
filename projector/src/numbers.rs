//! Between the log's unsigned and PostgreSQL's signed 64-bit numbers.

/// The log never gets past `i64::MAX`; a number beyond it is held at the end.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The schema refuses negative numbers.
pub(crate) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
