//! How a decision about others came about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Moment, Reason, WideNetwork};

/// How a decision about others came about. Who took it stands in the envelope; when stands here too, because the log may be told later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Circumstances {
    /// When it was taken, and in force.
    pub at: Moment,
    /// The network that it came from, so wide that it points at nobody; none for a command of the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WideNetwork>,
    /// Why, in the words of whoever took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl Circumstances {
    /// One with everything.
    pub fn sample() -> Self {
        Self {
            at: Moment::parse("2026-07-01T08:00:00Z").unwrap(),
            from: Some(WideNetwork::parse("203.0.113.0/24").unwrap()),
            reason: Some(Reason::parse("shares an account with a shop").unwrap()),
        }
    }
}
