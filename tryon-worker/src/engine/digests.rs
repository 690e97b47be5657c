//! What was found out about a picture, kept in memory for the next try-on with it: a bounded number of bytes, and no longer
//! than it is asked for. Knows no pixels and no clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// Names a picture, what it was looked at for, and the model pack that looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn of(pack: &str, purpose: &str, picture: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [pack.as_bytes(), purpose.as_bytes(), picture] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

struct Entry<T> {
    key: Key,
    value: Arc<T>,
    bytes: usize,
    used: Instant,
}

/// The digests of one kind of picture. Of those that do not fit, the ones go that were not asked for the longest.
pub(crate) struct Digests<T> {
    limit: usize,
    idle: Duration,
    entries: Mutex<Vec<Entry<T>>>,
}

impl<T> Digests<T> {
    /// Keeps `limit` bytes at most, each digest until nobody asked for it during `idle`.
    pub(crate) fn new(limit: usize, idle: Duration) -> Self {
        Self {
            limit,
            idle,
            entries: Mutex::new(Vec::new()),
        }
    }

    /// A digest, if it is there; it counts as asked for `now`.
    pub(crate) fn get(&self, key: Key, now: Instant) -> Option<Arc<T>> {
        let mut entries = self.entries();
        self.drop_idle(&mut entries, now);
        let found = entries.iter_mut().find(|entry| entry.key == key)?;
        found.used = now;
        Some(Arc::clone(&found.value))
    }

    /// Keeps a digest that takes so many bytes; one that alone is more than the limit is not kept.
    pub(crate) fn put(&self, key: Key, value: Arc<T>, bytes: usize, now: Instant) {
        let mut entries = self.entries();
        self.drop_idle(&mut entries, now);
        entries.retain(|entry| entry.key != key);
        if bytes > self.limit {
            return;
        }
        let mut held: usize = entries.iter().map(|entry| entry.bytes).sum();
        while held + bytes > self.limit {
            let oldest = (0..entries.len()).min_by_key(|i| entries[*i].used);
            let Some(oldest) = oldest else { break };
            held -= entries.swap_remove(oldest).bytes;
        }
        entries.push(Entry {
            key,
            value,
            bytes,
            used: now,
        });
    }

    /// Drops what nobody asked for.
    pub(crate) fn forget_idle(&self, now: Instant) {
        let mut entries = self.entries();
        self.drop_idle(&mut entries, now);
    }

    /// Drops everything.
    pub(crate) fn forget_all(&self) {
        self.entries().clear();
    }

    /// How many there are, and their bytes.
    pub(crate) fn held(&self) -> (usize, usize) {
        let entries = self.entries();
        (entries.len(), entries.iter().map(|e| e.bytes).sum())
    }

    fn drop_idle(&self, entries: &mut Vec<Entry<T>>, now: Instant) {
        entries.retain(|entry| now.saturating_duration_since(entry.used) < self.idle);
    }

    /// Nothing in here can be half done: a thread that died while it held the lock left a sound list.
    fn entries(&self) -> MutexGuard<'_, Vec<Entry<T>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_mins(1);

    fn key(name: &str) -> Key {
        Key::of("pack 1", "person", name.as_bytes())
    }

    #[test]
    fn the_digest_that_was_not_asked_for_the_longest_makes_room() {
        let digests = Digests::new(100, IDLE);
        let now = Instant::now();
        let after = |s: u64| now + Duration::from_secs(s);
        digests.put(key("a"), Arc::new(1), 40, now);
        digests.put(key("b"), Arc::new(2), 40, after(1));
        assert!(digests.get(key("a"), after(2)).is_some());
        digests.put(key("c"), Arc::new(3), 40, after(3));
        assert_eq!(digests.held(), (2, 80));
        assert!(digests.get(key("b"), after(4)).is_none());
        assert_eq!(digests.get(key("a"), after(4)).as_deref(), Some(&1));
    }

    #[test]
    fn what_is_larger_than_all_room_is_not_kept() {
        let digests = Digests::new(100, IDLE);
        let now = Instant::now();
        digests.put(key("a"), Arc::new(1), 60, now);
        digests.put(key("b"), Arc::new(2), 101, now);
        assert_eq!(digests.held(), (1, 60));
    }

    #[test]
    fn a_digest_that_nobody_asks_for_is_dropped() {
        let digests = Digests::new(100, IDLE);
        let now = Instant::now();
        digests.put(key("a"), Arc::new(1), 10, now);
        assert!(digests.get(key("a"), now + IDLE / 2).is_some());
        digests.forget_idle(now + IDLE);
        assert_eq!(digests.held(), (1, 10));
        digests.forget_idle(now + IDLE / 2 + IDLE);
        assert_eq!(digests.held(), (0, 0));
        digests.put(key("a"), Arc::new(1), 10, now);
        assert!(digests.get(key("a"), now + IDLE).is_none());
    }

    #[test]
    fn another_pack_another_purpose_or_another_picture_has_another_digest() {
        let own = key("a");
        assert_ne!(own, key("b"));
        assert_ne!(own, Key::of("pack 2", "person", b"a"));
        assert_ne!(own, Key::of("pack 1", "persona", b""));
    }
}
