//! Forget whoever had an account.

use super::{Account, AccountEvent};
use crate::{decision::Decide, rejection::rejections};

/// Forget whoever had an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraseAccount {}

rejections! {
    /// Why an account is not erased.
    EraseAccountRejection {
        NotFound => "account-not-found", NotFound, "there is no such account";
    }
}

impl Decide<Account> for EraseAccount {
    type Rejection = EraseAccountRejection;

    fn decide(&self, account: &Account) -> Result<Vec<AccountEvent>, EraseAccountRejection> {
        if account.erased {
            return Ok(vec![]);
        }
        if account.roles.is_none() {
            return Err(EraseAccountRejection::NotFound);
        }
        Ok(vec![AccountEvent::AccountErased {}])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::identity::account::{RegisterAccount, RegisterAccountRejection, Role};

    #[test]
    fn an_account_is_erased_once_and_for_good() {
        let [registered, _, issued, _, erased, ..]: [_; 9] =
            AccountEvent::samples().try_into().unwrap();
        TestFramework::<Account>::with(())
            .given(vec![registered.clone(), issued])
            .when(EraseAccount {}.into())
            .then_expect_events(vec![erased.clone()]);
        TestFramework::<Account>::with(())
            .given(vec![registered.clone(), erased.clone()])
            .when(EraseAccount {}.into())
            .then_expect_events(vec![]);
        let again = RegisterAccount {
            roles: vec![Role::Shopper],
        };
        TestFramework::<Account>::with(())
            .given(vec![registered, erased])
            .when(again.into())
            .then_expect_error(RegisterAccountRejection::AlreadyRegistered.into());
        TestFramework::<Account>::with(())
            .given_no_previous_events()
            .when(EraseAccount {}.into())
            .then_expect_error(EraseAccountRejection::NotFound.into());
    }
}
