//! An account: an opaque id and what it may do.

mod events;
mod register_account;
mod state;

pub use self::{
    events::{AccountEvent, Role},
    register_account::{RegisterAccount, RegisterAccountRejection},
    state::{Account, AccountCommand, AccountRejection},
};
