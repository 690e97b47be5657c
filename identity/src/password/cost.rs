//! What a guess costs whoever has stolen the hashes.

use std::str::FromStr;

use argon2::Params;
use thiserror::Error;

/// The parameters of argon2id (RFC 9106). The default is the floor that OWASP gives: 19 MiB, two passes, one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The text says no cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a cost reads m=19456,t=2,p=1: KiB of memory, passes, lanes")]
pub struct CostError;

impl Default for Cost {
    fn default() -> Self {
        Self {
            memory_kib: Params::DEFAULT_M_COST,
            passes: Params::DEFAULT_T_COST,
            lanes: Params::DEFAULT_P_COST,
        }
    }
}

impl Cost {
    pub(super) fn params(self) -> argon2::Result<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, None)
    }
}

impl FromStr for Cost {
    type Err = CostError;

    fn from_str(text: &str) -> Result<Self, CostError> {
        let mut parts = text.split(',');
        let mut part = |name: &str| {
            let (found, value) = parts.next()?.trim().split_once('=')?;
            let value: u32 = value.parse().ok()?;
            (found == name).then_some(value)
        };
        let read = (part("m"), part("t"), part("p"));
        let (Some(memory_kib), Some(passes), Some(lanes)) = read else {
            return Err(CostError);
        };
        let cost = Self {
            memory_kib,
            passes,
            lanes,
        };
        // More than a gigabyte or a hundred passes is a mistake.
        let bounded = memory_kib <= 1 << 20 && passes <= 100 && lanes <= 16;
        if parts.next().is_none() && bounded && cost.params().is_ok() {
            Ok(cost)
        } else {
            Err(CostError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_read_as_it_stands_in_a_hash() {
        assert_eq!("m=19456,t=2,p=1".parse(), Ok(Cost::default()));
        for wrong in [
            "",
            "m=19456",
            "m=1,t=2,p=1",
            "t=2,m=19456,p=1",
            "m=19456,t=0,p=1",
            "m=19456,t=2,p=1,x=1",
            "m=4294967295,t=2,p=1",
        ] {
            assert_eq!(wrong.parse::<Cost>(), Err(CostError), "{wrong}");
        }
    }
}
