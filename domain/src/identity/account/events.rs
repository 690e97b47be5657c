//! Everything that can happen to an account. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    decision::event_versions,
    shared::{ApiKeyId, Circumstances, Reason},
};

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
    /// It is for something else from now on.
    RolesChanged {
        /// What it is for.
        roles: Vec<Role>,
        /// Why.
        reason: Reason,
    },
    /// A key was made for it, with which a program may act for it.
    ApiKeyIssued {
        /// Which key; its secret is not in the log.
        key: ApiKeyId,
        /// What the program may do, of what the account may do.
        roles: Vec<Role>,
    },
    /// A key of it opens nothing any more.
    ApiKeyRevoked {
        /// Which key.
        key: ApiKeyId,
    },
    /// Whoever had it asked to be forgotten, and was. Nobody can find out any more who that was.
    AccountErased {},
    /// An admin keeps whoever has it out: nothing of theirs opens anything.
    AccountSuspended {
        /// When, from where and why.
        decided: Circumstances,
    },
    /// An admin lets whoever has it in again.
    AccountReinstated {
        /// When, from where and why.
        decided: Circumstances,
    },
    /// An admin ended all its sessions.
    SessionsEnded {
        /// When, from where and why.
        decided: Circumstances,
    },
    /// An admin took its second factor away, and ended all its sessions.
    SecondFactorRemoved {
        /// When, from where and why.
        decided: Circumstances,
    },
}

event_versions! {
    AccountEvent {
        AccountRegistered => "1",
        RolesChanged => "1",
        ApiKeyIssued => "1",
        ApiKeyRevoked => "1",
        AccountErased => "1",
        AccountSuspended => "1",
        AccountReinstated => "1",
        SessionsEnded => "1",
        SecondFactorRemoved => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl AccountEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        let key = ApiKeyId::new(uuid::Uuid::from_u128(
            0x0190_0000_0000_7000_8000_0000_0000_0007,
        ));
        vec![
            Self::AccountRegistered {
                roles: vec![Role::Shopper],
            },
            Self::RolesChanged {
                roles: vec![Role::Shopper, Role::Analyst],
                reason: Reason::parse("joins the team that counts returns").unwrap(),
            },
            Self::ApiKeyIssued {
                key,
                roles: vec![Role::Analyst],
            },
            Self::ApiKeyRevoked { key },
            Self::AccountErased {},
            Self::AccountSuspended {
                decided: Circumstances::sample(),
            },
            Self::AccountReinstated {
                decided: Circumstances::sample(),
            },
            Self::SessionsEnded {
                decided: Circumstances::sample(),
            },
            Self::SecondFactorRemoved {
                decided: Circumstances::sample(),
            },
        ]
    }
}
