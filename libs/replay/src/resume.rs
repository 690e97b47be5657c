//! Where a reader that was cut off goes on.

use std::{fmt, str::FromStr};

use jetstream_es::Position;

/// What a reader has already: all commits before `position`, and `events` events of that one; all of it without.
///
/// As text `<epoch>-<sequence>` or `<epoch>-<sequence>.<events>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeAt {
    /// The last commit that the reader has seen.
    pub position: Position,
    /// How many of its events it has; all when absent.
    pub events: Option<usize>,
}

/// The text is no place to go on from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a position (<epoch>-<sequence>), with .<events> behind it within a commit")]
pub struct ResumeAtError;

impl ResumeAt {
    /// The last sequence of which nothing more is wanted.
    pub(crate) fn sequence(&self) -> u64 {
        match self.events {
            None => self.position.sequence,
            Some(_) => self.position.sequence.saturating_sub(1),
        }
    }

    /// Events of the commit with this sequence that the reader has.
    pub(crate) fn had_of(&self, sequence: u64) -> usize {
        match self.events {
            Some(events) if self.position.sequence == sequence => events,
            Some(_) | None => 0,
        }
    }
}

impl FromStr for ResumeAt {
    type Err = ResumeAtError;

    fn from_str(text: &str) -> Result<Self, ResumeAtError> {
        let (position, events) = match text.split_once('.') {
            Some((position, events)) => {
                let events = events.parse().map_err(|_| ResumeAtError)?;
                (position, Some(events))
            }
            None => (text, None),
        };
        let position: Position = position.parse().map_err(|_| ResumeAtError)?;
        if position.sequence == 0 && events.is_some() {
            return Err(ResumeAtError);
        }
        Ok(Self { position, events })
    }
}

impl fmt::Display for ResumeAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.events {
            None => self.position.fmt(f),
            Some(events) => write!(f, "{}.{events}", self.position),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_what_the_reader_has() {
        let at = |text: &str| {
            text.parse::<ResumeAt>()
                .map(|at| (at.sequence(), at.had_of(7)))
        };
        assert_eq!(at("e1-7"), Ok((7, 0)));
        assert_eq!(at("e1-7.2"), Ok((6, 2)));
        for bad in [
            "", "7", "e1-", "e1-x", "e1-7.", "e1-7.x", "e1-0.1", "e1-7.1.1",
        ] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
