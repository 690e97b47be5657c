//! What words matched, remembered for as long as the catalogue stays as it is.

use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

/// So many matches are remembered in all, eight bytes each.
const MOST_MATCHES: usize = 1 << 20;

/// Words cost something though they match nothing.
const MATCHES_OF_AN_ENTRY: usize = 32;

/// What some words match.
#[derive(Debug)]
pub(crate) struct Matched {
    /// Rows and how well they match, style by style.
    pub(crate) places: Vec<(u32, f32)>,
    /// Whether nothing has all words, and these have one of them.
    pub(crate) relaxed: bool,
}

impl Matched {
    fn weight(&self) -> usize {
        self.places.len() + MATCHES_OF_AN_ENTRY
    }
}

/// What was matched by words that were asked for before, those last that nobody asks for any more.
pub(crate) struct MatchedWords(Mutex<Kept>);

struct Kept {
    matched: LruCache<String, Arc<Matched>>,
    weight: usize,
}

impl Default for MatchedWords {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            matched: LruCache::unbounded(),
            weight: 0,
        }))
    }
}

impl MatchedWords {
    pub(crate) fn get(&self, words: &str) -> Option<Arc<Matched>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.matched.get(words).cloned()
    }

    pub(crate) fn keep(&self, words: String, matched: &Arc<Matched>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.weight += matched.weight();
        if let Some(before) = kept.matched.put(words, matched.clone()) {
            kept.weight -= before.weight();
        }
        while kept.weight > MOST_MATCHES
            && let Some((_, oldest)) = kept.matched.pop_lru()
        {
            kept.weight -= oldest.weight();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(places: usize) -> Arc<Matched> {
        Arc::new(Matched {
            places: vec![(0, 1.0); places],
            relaxed: false,
        })
    }

    #[test]
    fn what_nobody_asks_for_goes_first() {
        let words = MatchedWords::default();
        words.keep("linen".to_owned(), &matched(MOST_MATCHES / 4));
        words.keep("wool".to_owned(), &matched(MOST_MATCHES / 4));
        assert!(words.get("linen").is_some());
        words.keep("silk".to_owned(), &matched(MOST_MATCHES / 2));
        assert!(words.get("wool").is_none());
        assert!(words.get("linen").is_some() && words.get("silk").is_some());
        // Twice the same is one.
        words.keep("silk".to_owned(), &matched(MOST_MATCHES / 2));
        assert!(words.get("linen").is_some());
        words.keep("all".to_owned(), &matched(MOST_MATCHES * 2));
        assert!(words.get("all").is_none() && words.get("silk").is_none());
    }
}
