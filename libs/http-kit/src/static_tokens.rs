//! Tokens from configuration: sign-in for a demo, a test and the first operator.

use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;
use uuid::Uuid;

use crate::{Authenticating, Authenticator, Caller, Credential, Role};

/// A fixed list of bearer tokens and whose they are.
#[derive(Clone, Default)]
pub struct StaticTokens(Vec<(String, Caller)>);

/// Why a list of tokens is refused. Never holds a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("token {index} of the list is not <token>:<role>:<account uuid> with a role that exists")]
pub struct StaticTokensError {
    /// Which one, from 1.
    pub index: usize,
}

impl StaticTokens {
    /// Exactly these tokens.
    pub fn new(tokens: impl IntoIterator<Item = (String, Caller)>) -> Self {
        Self(tokens.into_iter().collect())
    }

    /// Reads `token:role:account-uuid,token:role:account-uuid`. An empty text is an empty list.
    pub fn parse(text: &str) -> Result<Self, StaticTokensError> {
        let entries = text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        entries
            .enumerate()
            .map(|(index, entry)| entry_of(entry).ok_or(StaticTokensError { index: index + 1 }))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether nobody can come in.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn entry_of(entry: &str) -> Option<(String, Caller)> {
    let [token, role, account] = entry.split(':').collect::<Vec<_>>().try_into().ok()?;
    let good = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let account = Uuid::try_parse(account).ok()?.to_string();
    let role = role.parse::<Role>().ok()?;
    good.then(|| (token.to_owned(), Caller::new(role, account)))
}

impl StaticTokens {
    /// Whose bearer token this is.
    pub fn caller_of(&self, bearer: &str) -> Option<&Caller> {
        // Every token is compared to its end, so that the time taken tells nothing about the right ones.
        let mut found = None;
        for (token, caller) in &self.0 {
            let same: Choice = token.as_bytes().ct_eq(bearer.as_bytes());
            if bool::from(same) {
                found = Some(caller);
            }
        }
        found
    }
}

impl Authenticator for StaticTokens {
    fn authenticate<'a>(&'a self, credential: Credential<'a>) -> Authenticating<'a> {
        let found = match credential {
            Credential::Bearer(token) => self.caller_of(token),
            Credential::Cookie(_) => None,
        };
        Box::pin(std::future::ready(Ok(found.cloned())))
    }
}

impl std::fmt::Debug for StaticTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StaticTokens({} tokens)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "01900000-0000-7000-8000-000000000001";

    #[test]
    fn tokens_are_read_from_a_list() {
        let tokens =
            StaticTokens::parse(&format!("a:shopper:{ACCOUNT}, b:admin:{ACCOUNT},")).unwrap();
        assert_eq!(tokens.caller_of("b").unwrap().roles, Role::Admin.into());
        assert_eq!(tokens.caller_of("c"), None);
        assert!(StaticTokens::parse("").unwrap().is_empty());
    }

    #[test]
    fn a_wrong_entry_is_named_without_its_token() {
        for bad in [
            "secret",
            "secret:shopper",
            "secret:king:01900000-0000-7000-8000-000000000001",
            "secret:shopper:me",
            ":shopper:01900000-0000-7000-8000-000000000001",
        ] {
            let error = StaticTokens::parse(bad).unwrap_err();
            assert_eq!(error.index, 1, "{bad}");
            assert!(!error.to_string().contains("secret"));
        }
        let tokens = StaticTokens::parse(&format!("secret:shopper:{ACCOUNT}")).unwrap();
        assert!(!format!("{tokens:?}").contains("secret"));
    }
}
