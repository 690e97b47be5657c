//! Open an account.

use super::{Account, AccountEvent, Role, state::sound};
use crate::{decision::Decide, rejection::rejections};

/// Open an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterAccount {
    /// What it is for: at least one role, each once.
    pub roles: Vec<Role>,
}

rejections! {
    /// Why an account is not opened.
    RegisterAccountRejection {
        AlreadyRegistered => "account-already-registered", Conflict, "another account has this id already";
        RolesUnsound => "account-roles-invalid", Invalid, "give at least one role, each of them once";
    }
}

impl Decide<Account> for RegisterAccount {
    type Rejection = RegisterAccountRejection;

    fn decide(&self, account: &Account) -> Result<Vec<AccountEvent>, RegisterAccountRejection> {
        let roles = sound(&self.roles).ok_or(RegisterAccountRejection::RolesUnsound)?;
        if account.erased {
            return Err(RegisterAccountRejection::AlreadyRegistered);
        }
        match &account.roles {
            Some(registered) if *registered == roles => Ok(vec![]),
            Some(_) => Err(RegisterAccountRejection::AlreadyRegistered),
            None => Ok(vec![AccountEvent::AccountRegistered { roles }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn register(roles: &[Role]) -> RegisterAccount {
        RegisterAccount {
            roles: roles.to_vec(),
        }
    }

    #[test]
    fn an_account_is_registered_once() {
        let registered = AccountEvent::samples().remove(0);
        TestFramework::<Account>::with(())
            .given_no_previous_events()
            .when(register(&[Role::Shopper]).into())
            .then_expect_events(vec![registered.clone()]);
        TestFramework::<Account>::with(())
            .given(vec![registered.clone()])
            .when(register(&[Role::Shopper]).into())
            .then_expect_events(vec![]);
        TestFramework::<Account>::with(())
            .given(vec![registered])
            .when(register(&[Role::Admin]).into())
            .then_expect_error(RegisterAccountRejection::AlreadyRegistered.into());
    }

    #[test]
    fn an_account_is_for_something() {
        for roles in [&[][..], &[Role::Shopper, Role::Shopper]] {
            TestFramework::<Account>::with(())
                .given_no_previous_events()
                .when(register(roles).into())
                .then_expect_error(RegisterAccountRejection::RolesUnsound.into());
        }
    }
}
