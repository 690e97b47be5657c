//! Accounts: whose what is made will be.

mod caller;

pub(crate) use self::caller::account_of;
