//! Everything that admins decide about the signing keys. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{decision::event_versions, shared::Circumstances};

/// What was decided about the signing keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum SigningKeysEvent {
    /// A new key took the place of all there were, because somebody else might have them: no access token from before is believed.
    SigningKeysReplaced {
        /// When, from where and why.
        decided: Circumstances,
    },
}

event_versions! {
    SigningKeysEvent {
        SigningKeysReplaced => "1",
    }
}

#[cfg(feature = "testing")]
impl SigningKeysEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        vec![Self::SigningKeysReplaced {
            decided: Circumstances::sample(),
        }]
    }
}
