//! Everything that can happen to an account. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::event_versions;

/// What an account is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Browses and tries garments on.
    Shopper,
    /// Keeps the catalogue.
    Merchandiser,
    /// Replays what happened.
    Analyst,
    /// Runs the system.
    Admin,
}

/// What happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum AccountEvent {
    /// It was opened.
    AccountRegistered {
        /// What it is for.
        roles: Vec<Role>,
    },
}

event_versions! {
    AccountEvent {
        AccountRegistered => "1",
    }
}

#[cfg(feature = "testing")]
impl AccountEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        vec![Self::AccountRegistered {
            roles: vec![Role::Shopper],
        }]
    }
}
