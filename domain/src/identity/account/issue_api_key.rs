//! Let a program act for an account.

use super::{Account, AccountEvent, Role, state::sound};
use crate::{decision::Decide, rejection::rejections, shared::ApiKeyId};

/// Keys that an account may have at once.
const KEYS: usize = 20;

/// Let a program act for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueApiKey {
    /// The new key.
    pub key: ApiKeyId,
    /// What the program may do: no more than the account may.
    pub roles: Vec<Role>,
}

rejections! {
    /// Why a key is not issued.
    IssueApiKeyRejection {
        NotFound => "account-not-found", NotFound, "there is no such account";
        RolesUnsound => "api-key-roles-invalid", Invalid, "give at least one role, each of them once";
        RolesExceeded => "api-key-roles-exceeded", Invalid, "a key may do no more than its account";
        KeysExceeded => "api-keys-exceeded", Conflict, "an account has at most 20 keys: revoke one first";
    }
}

impl Decide<Account> for IssueApiKey {
    type Rejection = IssueApiKeyRejection;

    fn decide(&self, account: &Account) -> Result<Vec<AccountEvent>, IssueApiKeyRejection> {
        let roles = sound(&self.roles).ok_or(IssueApiKeyRejection::RolesUnsound)?;
        let Some(of_account) = &account.roles else {
            return Err(IssueApiKeyRejection::NotFound);
        };
        if !roles.iter().all(|role| of_account.contains(role)) {
            return Err(IssueApiKeyRejection::RolesExceeded);
        }
        if account.has_key(self.key) {
            return Ok(vec![]);
        }
        if account.keys.len() >= KEYS {
            return Err(IssueApiKeyRejection::KeysExceeded);
        }
        let key = self.key;
        Ok(vec![AccountEvent::ApiKeyIssued { key, roles }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    use super::*;

    fn issue(number: u128, roles: &[Role]) -> IssueApiKey {
        IssueApiKey {
            key: ApiKeyId::new(Uuid::from_u128(number)),
            roles: roles.to_vec(),
        }
    }

    fn registered() -> Vec<AccountEvent> {
        vec![AccountEvent::AccountRegistered {
            roles: vec![Role::Shopper, Role::Analyst],
        }]
    }

    #[test]
    fn a_key_may_do_no_more_than_its_account() {
        let analysts = issue(1, &[Role::Analyst]);
        let issued = AccountEvent::ApiKeyIssued {
            key: analysts.key,
            roles: vec![Role::Analyst],
        };
        TestFramework::<Account>::with(())
            .given(registered())
            .when(analysts.clone().into())
            .then_expect_events(vec![issued.clone()]);
        TestFramework::<Account>::with(())
            .given([registered(), vec![issued]].concat())
            .when(analysts.into())
            .then_expect_events(vec![]);
        for (roles, refusal) in [
            (vec![Role::Admin], IssueApiKeyRejection::RolesExceeded),
            (vec![], IssueApiKeyRejection::RolesUnsound),
        ] {
            TestFramework::<Account>::with(())
                .given(registered())
                .when(issue(1, &roles).into())
                .then_expect_error(refusal.into());
        }
        TestFramework::<Account>::with(())
            .given_no_previous_events()
            .when(issue(1, &[Role::Shopper]).into())
            .then_expect_error(IssueApiKeyRejection::NotFound.into());
    }

    #[test]
    fn an_account_has_so_many_keys() {
        let issued = (0..KEYS as u128).map(|number| AccountEvent::ApiKeyIssued {
            key: ApiKeyId::new(Uuid::from_u128(number)),
            roles: vec![Role::Analyst],
        });
        let history: Vec<_> = registered().into_iter().chain(issued).collect();
        TestFramework::<Account>::with(())
            .given(history)
            .when(issue(99, &[Role::Analyst]).into())
            .then_expect_error(IssueApiKeyRejection::KeysExceeded.into());
    }
}
