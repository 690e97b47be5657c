//! Whole numbers as JSON has them.

use serde::{Deserialize, Deserializer, de::Error};

/// Reads a whole number also where it is written `29020.0`: JSON Schema's `integer` is a value, not a spelling. For
/// `#[serde(deserialize_with)]`.
pub fn whole_number<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: TryFrom<i64>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(i64),
        Written(f64),
    }
    // Beyond 2^53 a double no longer knows the number that was meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;

    let wrong = || D::Error::custom("must be a whole number in the allowed range");
    let number = match Number::deserialize(deserializer).map_err(|_| wrong())? {
        Number::Whole(number) => number,
        Number::Written(number) if number.fract() == 0.0 && number.abs() <= EXACT => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and within 2^53"
            )]
            let number = number as i64;
            number
        }
        Number::Written(_) => return Err(wrong()),
    };
    N::try_from(number).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Amount {
        #[serde(deserialize_with = "whole_number")]
        minor: u32,
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        for (json, minor) in [
            ("4990", Some(4_990)),
            ("4990.0", Some(4_990)),
            ("4.99e3", Some(4_990)),
            ("0", Some(0)),
            ("4990.5", None),
            ("-1", None),
            ("4294967296", None),
            ("1e300", None),
            ("\"1\"", None),
            ("null", None),
        ] {
            let read = serde_json::from_str::<Amount>(&format!("{{\"minor\":{json}}}"));
            assert_eq!(read.ok().map(|amount| amount.minor), minor, "{json}");
        }
    }
}
