//! Keys that are not in the database: whoever steals that alone can read nobody's pictures.

use std::fmt;

use blob_store::SealingKey;
use thiserror::Error;

/// Master keys by their ids; new keys are sealed under the first, and all are known.
#[derive(Clone, Default)]
pub struct MasterKeys(Vec<(String, SealingKey)>);

/// The text says no master keys. Never holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("master keys are id:key with commas, each id once, each key of 64 hexadecimal digits")]
pub struct MasterKeysError;

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

    pub(super) fn newest(&self) -> Option<(&str, &SealingKey)> {
        self.0.first().map(|(id, key)| (id.as_str(), key))
    }

    pub(super) fn get(&self, id: &str) -> Option<&SealingKey> {
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
        assert_eq!(keys.newest().unwrap().0, "b");
        assert_eq!(keys.get("a").unwrap().reveal(), [0; 32]);
        assert_eq!(format!("{keys:?}"), "MasterKeys(2)");
        assert!(MasterKeys::parse("").unwrap().is_empty());
        let twice = format!("a:{one},a:{two}");
        for wrong in ["a", "a:00", &format!(":{one}"), &twice] {
            assert_eq!(MasterKeys::parse(wrong).unwrap_err(), MasterKeysError);
        }
    }
}
