//! Say what an account is for from now on.

use super::{Account, AccountEvent, Role, state::sound};
use crate::{decision::Decide, rejection::rejections, shared::Reason};

/// Say what an account is for from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRoles {
    /// What it is for: at least one role, each of them once.
    pub roles: Vec<Role>,
    /// Why.
    pub reason: Reason,
}

rejections! {
    /// Why an account's roles are not changed.
    ChangeRolesRejection {
        NotFound => "account-not-found", NotFound, "there is no such account";
        RolesUnsound => "account-roles-invalid", Invalid, "give at least one role, each of them once";
    }
}

impl Decide<Account> for ChangeRoles {
    type Rejection = ChangeRolesRejection;

    fn decide(&self, account: &Account) -> Result<Vec<AccountEvent>, ChangeRolesRejection> {
        let roles = sound(&self.roles).ok_or(ChangeRolesRejection::RolesUnsound)?;
        let Some(before) = &account.roles else {
            return Err(ChangeRolesRejection::NotFound);
        };
        if *before == roles {
            return Ok(vec![]);
        }
        let reason = self.reason.clone();
        Ok(vec![AccountEvent::RolesChanged { roles, reason }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn change(roles: &[Role]) -> ChangeRoles {
        ChangeRoles {
            roles: roles.to_vec(),
            reason: Reason::parse("joins the team that counts returns").unwrap(),
        }
    }

    #[test]
    fn an_account_is_for_something_else_from_now_on() {
        let [registered, changed, ..]: [_; 9] = AccountEvent::samples().try_into().unwrap();
        let both = [Role::Analyst, Role::Shopper];
        TestFramework::<Account>::with(())
            .given(vec![registered.clone()])
            .when(change(&both).into())
            .then_expect_events(vec![changed.clone()]);
        TestFramework::<Account>::with(())
            .given(vec![registered.clone(), changed])
            .when(change(&both).into())
            .then_expect_events(vec![]);
        TestFramework::<Account>::with(())
            .given(vec![registered])
            .when(change(&[]).into())
            .then_expect_error(ChangeRolesRejection::RolesUnsound.into());
        TestFramework::<Account>::with(())
            .given_no_previous_events()
            .when(change(&both).into())
            .then_expect_error(ChangeRolesRejection::NotFound.into());
    }
}
