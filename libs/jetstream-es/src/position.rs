//! Where in the log something stands.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The identity of one log. A log that was restored or made anew has another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(String);

impl Epoch {
    /// A new random epoch: 16 hexadecimal digits.
    pub(crate) fn random() -> Self {
        Self(format!("{:016x}", RandomState::new().hash_one("epoch")))
    }

    /// The epoch as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Epoch {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good =
            (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParsePositionError)
        }
    }
}

/// A place in the log: `<epoch>-<sequence>` as text and in JSON. Positions of one epoch are totally ordered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The log that the sequence counts in.
    pub epoch: Epoch,
    /// Sequence of the commit in the stream, from 1.
    pub sequence: u64,
}

/// The text is not `<epoch>-<sequence>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a position has the form <epoch>-<sequence>")]
pub struct ParsePositionError;

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.epoch, self.sequence)
    }
}

impl FromStr for Position {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (epoch, sequence) = text.split_once('-').ok_or(ParsePositionError)?;
        let digits = (1..=20).contains(&sequence.len())
            && sequence.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Err(ParsePositionError);
        }
        Ok(Self {
            epoch: epoch.parse()?,
            sequence: sequence.parse().map_err(|_| ParsePositionError)?,
        })
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_what_it_writes() {
        let position = Position {
            epoch: Epoch::random(),
            sequence: u64::MAX,
        };
        assert_eq!(position.to_string().parse(), Ok(position.clone()));
        let json = serde_json::to_string(&position).unwrap();
        assert_eq!(serde_json::from_str::<Position>(&json).unwrap(), position);
    }

    #[test]
    fn text_that_is_no_position_is_refused() {
        for text in [
            "",
            "-",
            "a",
            "a-",
            "-1",
            "a-b",
            "a--1",
            "a-+1",
            "a-18446744073709551616",
            "a.b-1",
            "ä-1",
            "a-1-2",
        ] {
            assert_eq!(text.parse::<Position>(), Err(ParsePositionError), "{text}");
        }
    }
}
