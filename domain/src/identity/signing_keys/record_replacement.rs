//! Put down that an admin replaced the signing keys.

use std::convert::Infallible;

use super::{SigningKeys, SigningKeysEvent};
use crate::{decision::Decide, shared::Circumstances};

/// Put down that an admin replaced the signing keys. It is in force already, so nothing is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordReplacement {
    /// When, from where and why.
    pub decided: Circumstances,
}

impl Decide<SigningKeys> for RecordReplacement {
    type Rejection = Infallible;

    fn decide(&self, _keys: &SigningKeys) -> Result<Vec<SigningKeysEvent>, Infallible> {
        Ok(vec![SigningKeysEvent::SigningKeysReplaced {
            decided: self.decided.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    #[test]
    fn keys_may_be_replaced_as_often_as_needed() {
        for given in [vec![], SigningKeysEvent::samples()] {
            let record = RecordReplacement {
                decided: Circumstances::sample(),
            };
            TestFramework::<SigningKeys>::with(())
                .given(given)
                .when(record.into())
                .then_expect_events(SigningKeysEvent::samples());
        }
    }
}
