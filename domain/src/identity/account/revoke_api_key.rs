//! Let a program act for an account no longer.

use super::{Account, AccountEvent};
use crate::{decision::Decide, rejection::rejections, shared::ApiKeyId};

/// Let a program act for an account no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeApiKey {
    /// The key.
    pub key: ApiKeyId,
}

rejections! {
    /// Why a key is not revoked.
    RevokeApiKeyRejection {
        NotFound => "account-not-found", NotFound, "there is no such account";
    }
}

impl Decide<Account> for RevokeApiKey {
    type Rejection = RevokeApiKeyRejection;

    fn decide(&self, account: &Account) -> Result<Vec<AccountEvent>, RevokeApiKeyRejection> {
        if account.roles.is_none() {
            return Err(RevokeApiKeyRejection::NotFound);
        }
        if !account.has_key(self.key) {
            return Ok(vec![]);
        }
        Ok(vec![AccountEvent::ApiKeyRevoked { key: self.key }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    #[test]
    fn a_key_is_revoked_once() {
        let [registered, changed, issued, revoked, ..]: [_; 9] =
            AccountEvent::samples().try_into().unwrap();
        let AccountEvent::ApiKeyRevoked { key } = revoked else {
            panic!("the fourth sample is a revocation")
        };
        TestFramework::<Account>::with(())
            .given(vec![registered.clone(), changed.clone(), issued.clone()])
            .when(RevokeApiKey { key }.into())
            .then_expect_events(vec![revoked.clone()]);
        TestFramework::<Account>::with(())
            .given(vec![registered, changed, issued, revoked])
            .when(RevokeApiKey { key }.into())
            .then_expect_events(vec![]);
        TestFramework::<Account>::with(())
            .given_no_previous_events()
            .when(RevokeApiKey { key }.into())
            .then_expect_error(RevokeApiKeyRejection::NotFound.into());
    }
}
