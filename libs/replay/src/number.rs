//! Whole numbers as JSON and addresses have them.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

/// Reads a whole number that may be missing. JSON Schema's `integer` is a value, not a spelling: `5.0` is one. In an address
/// it is text.
pub(crate) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    deserializer.deserialize_any(Whole)
}

/// Beyond 2^53 a double no longer knows the number that was meant, and neither do many clients.
const MOST: u64 = 9_007_199_254_740_991;

struct Whole;

fn checked<E: Error>(number: u64) -> Result<Option<u64>, E> {
    if number > MOST {
        return Err(E::custom("must be a whole number in the allowed range"));
    }
    Ok(Some(number))
}

impl Visitor<'_> for Whole {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<u64>, E> {
        checked(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Option<u64>, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if number.fract() != 0.0 || !(0.0..=EXACT).contains(&number) {
            return Err(E::custom("must be a whole number in the allowed range"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be whole and within 2^53"
        )]
        let number = number as u64;
        checked(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<u64>, E> {
        let number = text.parse();
        checked(number.map_err(|_| E::custom("must be a whole number"))?)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use crate::FilterText;

    #[test]
    fn a_limit_is_a_value_and_not_a_spelling() {
        for (json, limit) in [
            ("5", Some(5)),
            ("5.0", Some(5)),
            ("5.5", None),
            ("-1", None),
        ] {
            let read = serde_json::from_str::<FilterText>(&format!("{{\"limit\":{json}}}"));
            assert_eq!(read.ok().and_then(|filter| filter.limit), limit, "{json}");
        }
        assert!(serde_json::from_str::<FilterText>("{\"limits\":5}").is_err());
    }
}
