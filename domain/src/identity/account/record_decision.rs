//! Put down what an admin decided about an account.

use std::convert::Infallible;

use super::{Account, AccountEvent};
use crate::{decision::Decide, shared::Circumstances};

/// What an admin decided about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountDecision {
    /// Keep its owner out.
    Suspend,
    /// Let its owner in again.
    Reinstate,
    /// End all its sessions.
    EndSessions,
    /// Take its second factor away.
    RemoveSecondFactor,
}

impl AccountDecision {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Suspend,
        Self::Reinstate,
        Self::EndSessions,
        Self::RemoveSecondFactor,
    ];

    /// Its name where it waits to be told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::EndSessions => "end-sessions",
            Self::RemoveSecondFactor => "remove-second-factor",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.as_str() == name)
    }
}

/// Put down what an admin decided about an account. It is in force already, so nothing is refused: not even about an account that
/// was erased since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDecision {
    /// What was decided.
    pub decision: AccountDecision,
    /// When, from where and why.
    pub decided: Circumstances,
}

impl Decide<Account> for RecordDecision {
    type Rejection = Infallible;

    fn decide(&self, _account: &Account) -> Result<Vec<AccountEvent>, Infallible> {
        let decided = self.decided.clone();
        Ok(vec![match self.decision {
            AccountDecision::Suspend => AccountEvent::AccountSuspended { decided },
            AccountDecision::Reinstate => AccountEvent::AccountReinstated { decided },
            AccountDecision::EndSessions => AccountEvent::SessionsEnded { decided },
            AccountDecision::RemoveSecondFactor => AccountEvent::SecondFactorRemoved { decided },
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    #[test]
    fn each_decision_becomes_its_event_whatever_became_of_the_account() {
        let samples = AccountEvent::samples();
        let wanted = samples[5..].iter().cloned();
        for (decision, event) in AccountDecision::ALL.into_iter().zip(wanted) {
            let record = RecordDecision {
                decision,
                decided: Circumstances::sample(),
            };
            for given in [&samples[..1], &samples[..5], &samples[..]] {
                TestFramework::<Account>::with(())
                    .given(given.to_vec())
                    .when(record.clone().into())
                    .then_expect_events(vec![event.clone()]);
            }
        }
    }

    #[test]
    fn a_decision_leaves_keys_and_roles_as_they_are() {
        let mut account = Account::default();
        let samples = AccountEvent::samples();
        for event in &samples[..3] {
            account.evolve(event.clone());
        }
        let before = account.clone();
        for event in &samples[5..] {
            account.evolve(event.clone());
        }
        assert_eq!(account, before);
    }

    #[test]
    fn a_decision_is_known_by_its_name() {
        for decision in AccountDecision::ALL {
            assert_eq!(AccountDecision::named(decision.as_str()), Some(decision));
        }
        assert_eq!(AccountDecision::named("forget"), None);
    }
}
