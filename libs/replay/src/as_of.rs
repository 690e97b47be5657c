//! "As it stood then": a position or a time.

use std::str::FromStr;

use jetstream_es::Position;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A point in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsOf {
    /// With this commit.
    Position(Position),
    /// At this time.
    Time(OffsetDateTime),
}

/// The text is neither a position nor a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a position (<epoch>-<sequence>) or a time such as 2026-07-31T12:00:00Z")]
pub struct AsOfError;

impl FromStr for AsOf {
    type Err = AsOfError;

    fn from_str(text: &str) -> Result<Self, AsOfError> {
        if let Ok(position) = text.parse() {
            return Ok(Self::Position(position));
        }
        let time = OffsetDateTime::parse(text, &Rfc3339);
        time.map(Self::Time).map_err(|_| AsOfError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_not_taken_for_a_position() {
        assert!(matches!("00c0ffee-17".parse(), Ok(AsOf::Position(_))));
        assert!(matches!("2026-07-31T12:00:00Z".parse(), Ok(AsOf::Time(_))));
        assert_eq!("yesterday".parse::<AsOf>(), Err(AsOfError));
    }
}
