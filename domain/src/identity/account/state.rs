//! What a decision about an account needs to remember, and no more.

use std::{collections::BTreeSet, convert::Infallible};

use serde::{Deserialize, Serialize};

use super::{
    AccountEvent, ChangeRoles, ChangeRolesRejection, EraseAccount, EraseAccountRejection,
    IssueApiKey, IssueApiKeyRejection, RecordDecision, RegisterAccount, RegisterAccountRejection,
    RevokeApiKey, RevokeApiKeyRejection, Role,
};
use crate::{decision::commands, shared::ApiKeyId};

/// An account, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    pub(super) roles: Option<Vec<Role>>,
    /// Keys that open something.
    #[serde(default)]
    pub(super) keys: BTreeSet<ApiKeyId>,
    /// Whether whoever had it was forgotten.
    #[serde(default)]
    pub(super) erased: bool,
}

impl Account {
    /// What it is for; none before it was registered, and after it was erased.
    pub fn roles(&self) -> Option<&[Role]> {
        self.roles.as_deref()
    }

    /// Whether this key of it opens something.
    pub fn has_key(&self, key: ApiKeyId) -> bool {
        self.keys.contains(&key)
    }

    pub(super) fn evolve(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::AccountRegistered { roles }
            | AccountEvent::RolesChanged { roles, .. } => self.roles = Some(roles),
            AccountEvent::ApiKeyIssued { key, .. } => {
                self.keys.insert(key);
            }
            AccountEvent::ApiKeyRevoked { key } => {
                self.keys.remove(&key);
            }
            AccountEvent::AccountErased {} => {
                *self = Self {
                    erased: true,
                    ..Self::default()
                };
            }
            // Whoever comes in is not asked here: the sign-in knows.
            AccountEvent::AccountSuspended { .. }
            | AccountEvent::AccountReinstated { .. }
            | AccountEvent::SessionsEnded { .. }
            | AccountEvent::SecondFactorRemoved { .. } => {}
        }
    }
}

/// The roles in order, if there is at least one and each is there once.
pub(super) fn sound(roles: &[Role]) -> Option<Vec<Role>> {
    let mut sorted = roles.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    (!sorted.is_empty() && sorted.len() == roles.len()).then_some(sorted)
}

commands! {
    Account: "identity.account", AccountEvent;
    AccountCommand, AccountRejection {
        RegisterAccount or RegisterAccountRejection,
        ChangeRoles or ChangeRolesRejection,
        IssueApiKey or IssueApiKeyRejection,
        RevokeApiKey or RevokeApiKeyRejection,
        EraseAccount or EraseAccountRejection,
        RecordDecision or Infallible,
    }
}
