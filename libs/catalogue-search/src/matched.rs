//! What words match, each remembered for as long as the catalogue stays as it is: people type the same words in ever new company.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use crate::{
    columns::Columns,
    error::SearchError,
    words::{Text, telling_words},
};

/// What is remembered takes so much memory at most.
const MOST_BYTES: u64 = 8 << 20;

/// So many words that match much take all of it: the memory is not cut into smaller parts than for 32 of them.
const FEWEST_WORDS: usize = 64;

/// Rows and how well they match, style by style.
pub(crate) type Places = Vec<(u32, f32)>;

/// What some words match.
#[derive(Debug)]
pub(crate) struct Matched {
    pub(crate) places: Places,
    /// Whether nothing has all words, and these have one of them.
    pub(crate) relaxed: bool,
}

/// A word, and whether it is the last one, which may be the beginning of another.
type Asked = (String, bool);

#[derive(Clone)]
struct InBytes;

impl Weighter<Asked, Arc<Places>> for InBytes {
    fn weight(&self, (word, _): &Asked, places: &Arc<Places>) -> u64 {
        let bytes = size_of::<(Asked, Places)>() + word.len() + size_of_val(places.as_slice());
        bytes as u64
    }
}

/// Looks words up, each once.
pub(crate) struct Words {
    text: Text,
    known: Cache<Asked, Arc<Places>, InBytes>,
}

/// How well a row matches the words that were looked up by now.
#[derive(Clone, Copy, Default)]
struct Met {
    score: f32,
    words: u8,
}

impl Words {
    pub(crate) fn new(text: Text) -> Self {
        Self {
            text,
            known: Cache::with_weighter(FEWEST_WORDS, MOST_BYTES, InBytes),
        }
    }

    /// What matches all words, or has the code that was typed; if nothing does, what matches one of the words.
    pub(crate) fn matched(&self, typed: &str, columns: &Columns) -> Result<Matched, SearchError> {
        let words = telling_words(typed);
        let count = words.len();
        let mut met = vec![Met::default(); columns.rows.len()];
        for (at, word) in words.into_iter().enumerate() {
            for (place, score) in self.word(word, at + 1 == count, columns)?.iter() {
                if let Some(met) = met.get_mut(*place as usize) {
                    met.score += score;
                    met.words += 1;
                }
            }
        }
        let having = |fewest: usize| -> Places {
            let met = (0..).zip(&met);
            met.filter(|(_, met)| usize::from(met.words) >= fewest)
                .map(|(place, met)| (place, met.score))
                .collect()
        };
        let mut places = if count == 0 { vec![] } else { having(count) };
        for (place, score) in in_columns(&self.text.code(typed)?, columns) {
            match places.binary_search_by_key(&place, |(place, _)| *place) {
                Ok(at) => places[at].1 += score,
                Err(at) => places.insert(at, (place, score)),
            }
        }
        let relaxed = places.is_empty() && count > 1;
        if relaxed {
            places = having(1);
        }
        Ok(Matched { places, relaxed })
    }

    fn word(
        &self,
        word: String,
        last: bool,
        columns: &Columns,
    ) -> Result<Arc<Places>, SearchError> {
        let asked = (word, last);
        if let Some(known) = self.known.get(&asked) {
            return Ok(known);
        }
        let found = Arc::new(in_columns(&self.text.word(&asked.0, last)?, columns));
        self.known.insert(asked, found.clone());
        Ok(found)
    }
}

/// Where the matches stand, style by style.
fn in_columns(matches: &[(u32, f32)], columns: &Columns) -> Places {
    let place = |(slot, score): &(u32, f32)| {
        let place = columns.place_of_slot.get(*slot as usize);
        place.map(|place| (*place, *score))
    };
    let mut places: Places = matches.iter().filter_map(place).collect();
    places.sort_unstable_by_key(|(place, _)| *place);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_what_was_asked_for_stays() {
        let known: Cache<Asked, Arc<Places>, InBytes> =
            Cache::with_weighter(FEWEST_WORDS, MOST_BYTES, InBytes);
        let places = Arc::new(vec![(0, 1.0); 2_000]);
        let linen = ("linen".to_owned(), false);
        known.insert(linen.clone(), places.clone());
        for number in 0..5_000 {
            known.insert((format!("word{number}"), true), places.clone());
            assert!(known.get(&linen).is_some(), "forgotten after {number}");
        }
        assert!(known.weight() <= MOST_BYTES);
        assert!(known.len() > 400);
        // What would take all room takes none.
        let all = ("all".to_owned(), false);
        known.insert(all.clone(), Arc::new(vec![(0, 1.0); 2 << 20]));
        assert!(known.get(&all).is_none() && known.get(&linen).is_some());
    }
}
