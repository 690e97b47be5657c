//! What a decision about an account needs to remember, and no more.

use serde::{Deserialize, Serialize};

use super::{AccountEvent, RegisterAccount, RegisterAccountRejection, Role};
use crate::decision::commands;

/// An account, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    pub(super) roles: Option<Vec<Role>>,
}

impl Account {
    /// What it is for; none before it was registered.
    pub fn roles(&self) -> Option<&[Role]> {
        self.roles.as_deref()
    }

    pub(super) fn evolve(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::AccountRegistered { roles } => self.roles = Some(roles),
        }
    }
}

commands! {
    Account: "identity.account", AccountEvent;
    AccountCommand, AccountRejection {
        RegisterAccount or RegisterAccountRejection,
    }
}
