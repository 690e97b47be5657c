//! What can be decided, and about what.

use domain::identity::{account::AccountDecision, signing_keys::SigningKeys};
use uuid::Uuid;

/// What the replacement of the signing keys is called where it waits to be told.
const REPLACE_SIGNING_KEYS: &str = "replace-signing-keys";

/// What an admin decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decided {
    /// About an account.
    Account(Uuid, AccountDecision),
    /// To replace the keys of access tokens.
    ReplaceSigningKeys,
}

impl Decided {
    /// The aggregate that it is about.
    pub(super) const fn about(self) -> Uuid {
        match self {
            Self::Account(account, _) => account,
            Self::ReplaceSigningKeys => SigningKeys::ID,
        }
    }

    /// Its name where it waits to be told.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Account(_, decision) => decision.as_str(),
            Self::ReplaceSigningKeys => REPLACE_SIGNING_KEYS,
        }
    }

    /// The one with this name.
    pub(super) fn named(about: Uuid, name: &str) -> Option<Self> {
        if name == REPLACE_SIGNING_KEYS {
            return Some(Self::ReplaceSigningKeys);
        }
        AccountDecision::named(name).map(|decision| Self::Account(about, decision))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_known_by_its_name() {
        let account = Uuid::from_u128(7);
        let about_accounts = AccountDecision::ALL.into_iter();
        let about_accounts = about_accounts.map(|decision| Decided::Account(account, decision));
        for decided in about_accounts.chain([Decided::ReplaceSigningKeys]) {
            let found = Decided::named(decided.about(), decided.as_str());
            assert_eq!(found, Some(decided));
        }
        assert_eq!(Decided::named(account, "forget"), None);
    }
}
