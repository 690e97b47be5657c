//! Secrets that are not in the database: without them stolen hashes are worth nothing.

use std::fmt;

use thiserror::Error;

/// Bytes of a pepper at least.
const SHORTEST: usize = 16;

/// Peppers by their ids; new passwords get the first, and those with another are hashed anew when they are next given.
#[derive(Clone, Default)]
pub struct Peppers(Vec<(String, String)>);

/// The text says no peppers. Never holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("peppers are id:secret with commas, each id once, each secret of 16 characters at least")]
pub struct PeppersError;

impl Peppers {
    /// Reads `id:secret,id:secret`; an empty text means none.
    pub fn parse(text: &str) -> Result<Self, PeppersError> {
        let entries = text.split(',').map(str::trim);
        let mut peppers = Self::default();
        for entry in entries.filter(|entry| !entry.is_empty()) {
            let (id, secret) = entry.split_once(':').ok_or(PeppersError)?;
            if id.is_empty() || secret.len() < SHORTEST || peppers.secret(id).is_some() {
                return Err(PeppersError);
            }
            peppers.0.push((id.to_owned(), secret.to_owned()));
        }
        Ok(peppers)
    }

    /// The id of the one for new passwords.
    pub(super) fn newest(&self) -> Option<&str> {
        self.0.first().map(|(id, _)| id.as_str())
    }

    pub(super) fn secret(&self, id: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == id);
        found.map(|(_, secret)| secret.as_str())
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peppers({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_for_new_passwords_and_all_are_known() {
        let peppers = Peppers::parse("b:fedcba9876543210, a:0123456789abcdef").unwrap();
        assert_eq!(peppers.newest(), Some("b"));
        assert_eq!(peppers.secret("a"), Some("0123456789abcdef"));
        assert_eq!(format!("{peppers:?}"), "Peppers(2)");
        assert_eq!(Peppers::parse("").unwrap().newest(), None);
        for wrong in [
            "a",
            "a:short",
            ":0123456789abcdef",
            "a:0123456789abcdef,a:0123456789abcdef",
        ] {
            assert_eq!(Peppers::parse(wrong).unwrap_err(), PeppersError, "{wrong}");
        }
    }
}
