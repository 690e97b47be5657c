//! The account behind a request.

use domain::shared::AccountId;
use http_kit::{Caller, Problem};

/// The account that owns what the caller makes; 403 where the token stands for no account of ours.
pub(crate) fn account_of(caller: &Caller) -> Result<AccountId, Problem> {
    caller.account_id().map(AccountId::new)
}
