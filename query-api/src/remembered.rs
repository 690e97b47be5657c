//! Something that is remembered by its name, as long as there is room.

use std::{
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use lru::LruCache;

/// What an entry takes beside its bytes.
const BYTES_OF_AN_ENTRY: usize = 256;

/// Values by their names, so many bytes in all; those that nobody asks for go first.
pub(crate) struct Remembered<K, V> {
    kept: Mutex<Kept<K, V>>,
    most_bytes: usize,
}

struct Kept<K, V> {
    values: LruCache<K, (V, usize)>,
    bytes: usize,
}

impl<K: Hash + Eq, V: Clone> Remembered<K, V> {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                values: LruCache::unbounded(),
                bytes: 0,
            }),
            most_bytes,
        }
    }

    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.values.get(key).map(|(value, _)| value.clone())
    }

    /// Remembers a value of so many bytes; one that would need a tenth of all room is not.
    pub(crate) fn keep(&self, key: K, value: V, bytes: usize) {
        let bytes = bytes + BYTES_OF_AN_ENTRY;
        if bytes > self.most_bytes / 10 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += bytes;
        if let Some((_, before)) = kept.values.put(key, (value, bytes)) {
            kept.bytes -= before;
        }
        while kept.bytes > self.most_bytes
            && let Some((_, (_, oldest))) = kept.values.pop_lru()
        {
            kept.bytes -= oldest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_for_goes_first_and_nothing_takes_all_room() {
        let remembered = Remembered::new(10_000);
        for number in 0..10_u8 {
            remembered.keep(number, number, 744);
        }
        assert_eq!(remembered.get(&0), Some(0));
        remembered.keep(10, 10, 700);
        assert_eq!(remembered.get(&1), None);
        assert_eq!(
            (remembered.get(&0), remembered.get(&10)),
            (Some(0), Some(10))
        );
        remembered.keep(11, 11, 800);
        assert_eq!(remembered.get(&11), None);
        // In place of itself it takes no more room.
        for _ in 0..100 {
            remembered.keep(10, 12, 700);
        }
        assert_eq!(
            (remembered.get(&0), remembered.get(&10)),
            (Some(0), Some(12))
        );
    }
}
