//! An account: an opaque id, what it may do, and which programs may act for it.

mod change_roles;
mod erase_account;
mod events;
mod issue_api_key;
mod record_decision;
mod register_account;
mod revoke_api_key;
mod state;

pub use self::{
    change_roles::{ChangeRoles, ChangeRolesRejection},
    erase_account::{EraseAccount, EraseAccountRejection},
    events::{AccountEvent, Role},
    issue_api_key::{IssueApiKey, IssueApiKeyRejection},
    record_decision::{AccountDecision, RecordDecision},
    register_account::{RegisterAccount, RegisterAccountRejection},
    revoke_api_key::{RevokeApiKey, RevokeApiKeyRejection},
    state::{Account, AccountCommand, AccountRejection},
};
