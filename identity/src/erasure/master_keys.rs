//! Keys that are not in the database: whoever steals that alone can read nobody's pictures.

use std::fmt;

use blob_store::{NotSealed, SealingKey};
use thiserror::Error;

/// Master keys by their ids; new keys are sealed under the first, and all are known.
#[derive(Clone, Default)]
pub struct MasterKeys(Vec<(String, SealingKey)>);

/// The text says no master keys. Never holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("master keys are id:key with commas, each id once, each key of 64 hexadecimal digits")]
pub struct MasterKeysError;

/// Why something that was sealed cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum MasterKeyError {
    #[error("this needs the master key {0:?}, which is not configured")]
    Missing(String),
    #[error("this does not open under its master key")]
    Damaged,
}

impl MasterKeys {
    /// Reads `id:key,id:key`; an empty text means none.
    pub fn parse(text: &str) -> Result<Self, MasterKeysError> {
        let entries = text.split(',').map(str::trim);
        let mut keys = Self::default();
        for entry in entries.filter(|entry| !entry.is_empty()) {
            let (id, key) = entry.split_once(':').ok_or(MasterKeysError)?;
            let bytes = hex::decode(key).map_err(|_| MasterKeysError)?;
            let key = SealingKey::of(&bytes).ok_or(MasterKeysError)?;
            if id.is_empty() || keys.get(id).is_some() {
                return Err(MasterKeysError);
            }
            keys.0.push((id.to_owned(), key));
        }
        Ok(keys)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that seals.
    pub(crate) fn newest(&self) -> Option<&str> {
        self.0.first().map(|(id, _)| id.as_str())
    }

    /// Seals a secret under the newest key, whose id comes along; without one, it stays as it is.
    pub(crate) fn seal(
        &self,
        about: &[u8],
        secret: &[u8],
    ) -> Result<(Vec<u8>, Option<String>), NotSealed> {
        match self.0.first() {
            None => Ok((secret.to_owned(), None)),
            Some((id, master)) => Ok((master.seal(about, secret)?, Some(id.clone()))),
        }
    }

    /// The secret that was sealed about this under this key; under none, it lies there as it is.
    pub(crate) fn open(
        &self,
        about: &[u8],
        sealed: &[u8],
        master: Option<&str>,
    ) -> Result<Vec<u8>, MasterKeyError> {
        let Some(id) = master else {
            return Ok(sealed.to_owned());
        };
        let master = self.get(id);
        let master = master.ok_or_else(|| MasterKeyError::Missing(id.to_owned()))?;
        let opened = master.open(about, sealed);
        opened.map_err(|_| MasterKeyError::Damaged)
    }

    fn get(&self, id: &str) -> Option<&SealingKey> {
        let found = self.0.iter().find(|(known, _)| known == id);
        found.map(|(_, key)| key)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKeys({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_seals_and_all_open() {
        let (one, two) = ("0".repeat(64), "f".repeat(64));
        let keys = MasterKeys::parse(&format!("b:{two}, a:{one}")).unwrap();
        assert_eq!(keys.newest(), Some("b"));
        assert_eq!(keys.get("a").unwrap().reveal(), [0; 32]);
        assert_eq!(format!("{keys:?}"), "MasterKeys(2)");
        let (sealed, id) = keys.seal(b"me", b"secret").unwrap();
        assert_eq!(id.as_deref(), Some("b"));
        assert_eq!(keys.open(b"me", &sealed, Some("b")).unwrap(), b"secret");
        let others = [(&b"you"[..], "b"), (b"me", "a")];
        for (about, id) in others {
            let opened = keys.open(about, &sealed, Some(id));
            assert_eq!(opened, Err(MasterKeyError::Damaged));
        }
        let gone = keys.open(b"me", &sealed, Some("c"));
        assert_eq!(gone, Err(MasterKeyError::Missing("c".to_owned())));
        let none = MasterKeys::parse("").unwrap();
        assert!(none.is_empty());
        let (plain, id) = none.seal(b"me", b"secret").unwrap();
        assert_eq!(none.open(b"me", &plain, id.as_deref()).unwrap(), b"secret");
        let twice = format!("a:{one},a:{two}");
        for wrong in ["a", "a:00", &format!(":{one}"), &twice] {
            assert_eq!(MasterKeys::parse(wrong).unwrap_err(), MasterKeysError);
        }
    }
}
