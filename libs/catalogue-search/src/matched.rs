//! What words match, each remembered for as long as the catalogue stays as it is: people type the same words in ever new company.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use crate::{
    columns::Columns,
    error::SearchError,
    words::{Meaning, Text, telling_words},
};

/// What is remembered takes so much memory at most: of what words match, and of what they are taken for.
const MOST_BYTES: u64 = 8 << 20;
const MOST_BYTES_OF_MEANINGS: u64 = 2 << 20;

/// So many words that match much take all of it: the memory is not cut into smaller parts than for 32 of them.
const FEWEST_WORDS: usize = 64;

/// More than one in so many are put in order by going through all.
const MANY: usize = 32;

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

impl Weighter<Asked, Arc<Meaning>> for InBytes {
    fn weight(&self, (word, _): &Asked, meaning: &Arc<Meaning>) -> u64 {
        let bytes = size_of::<Asked>() + word.len() + meaning.bytes();
        bytes as u64
    }
}

impl Weighter<Arc<Meaning>, Arc<Places>> for InBytes {
    fn weight(&self, meaning: &Arc<Meaning>, places: &Arc<Places>) -> u64 {
        let bytes = size_of::<Places>() + meaning.bytes() + size_of_val(places.as_slice());
        bytes as u64
    }
}

/// Looks words up, each once; and what is taken for the same as another is not looked up again.
pub(crate) struct Words {
    text: Text,
    meanings: Cache<Asked, Arc<Meaning>, InBytes>,
    known: Cache<Arc<Meaning>, Arc<Places>, InBytes>,
}

impl Words {
    pub(crate) fn new(text: Text) -> Self {
        Self {
            text,
            meanings: Cache::with_weighter(FEWEST_WORDS, MOST_BYTES_OF_MEANINGS, InBytes),
            known: Cache::with_weighter(FEWEST_WORDS, MOST_BYTES, InBytes),
        }
    }

    /// What matches all words, or has the code that was typed; if nothing does, what matches one of the words.
    pub(crate) fn matched(&self, typed: &str, columns: &Columns) -> Result<Matched, SearchError> {
        let words = telling_words(typed);
        let count = words.len();
        // How well each row matches the words that were looked up by now, and how many of them.
        let mut scores = vec![0.0; columns.rows.len()];
        let mut met = vec![0_u8; columns.rows.len()];
        for (at, word) in words.into_iter().enumerate() {
            for (place, score) in self.word(word, at + 1 == count, columns)?.iter() {
                let at = *place as usize;
                if let (Some(sum), Some(met)) = (scores.get_mut(at), met.get_mut(at)) {
                    *sum += score;
                    *met += 1;
                }
            }
        }
        let having = |fewest: usize| -> Places {
            (0..)
                .zip(met.iter().zip(&scores))
                .filter(|(_, (met, _))| usize::from(**met) >= fewest)
                .map(|(place, (_, score))| (place, *score))
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
        let meaning = if let Some(meaning) = self.meanings.get(&asked) {
            meaning
        } else {
            let meaning = Arc::new(self.text.meaning(&asked.0, last)?);
            self.meanings.insert(asked, meaning.clone());
            meaning
        };
        if let Some(known) = self.known.get(&meaning) {
            return Ok(known);
        }
        let found = Arc::new(in_columns(&self.text.matches(&meaning)?, columns));
        self.known.insert(meaning, found.clone());
        Ok(found)
    }
}

/// Where the matches stand, style by style.
fn in_columns(matches: &[(u32, f32)], columns: &Columns) -> Places {
    let place = |(slot, score): &(u32, f32)| {
        let place = columns.place_of_slot.get(*slot as usize);
        place.map(|place| (*place, *score))
    };
    let places = matches.iter().filter_map(place);
    if matches.len() < columns.rows.len() / MANY {
        let mut places: Places = places.collect();
        places.sort_unstable_by_key(|(place, _)| *place);
        return places;
    }
    let mut scores = vec![0.0; columns.rows.len()];
    for (place, score) in places {
        if let Some(of) = scores.get_mut(place as usize) {
            *of = score;
        }
    }
    // What matches has a score.
    let places = (0..).zip(scores);
    places.filter(|(_, score)| *score > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_what_was_asked_for_stays() {
        let known: Cache<Arc<Meaning>, Arc<Places>, InBytes> =
            Cache::with_weighter(FEWEST_WORDS, MOST_BYTES, InBytes);
        let places = Arc::new(vec![(0, 1.0); 2_000]);
        let meaning = |word: String| Arc::new(Meaning::of_word(word));
        let linen = meaning("linen".to_owned());
        known.insert(linen.clone(), places.clone());
        for number in 0..5_000 {
            known.insert(meaning(format!("word{number}")), places.clone());
            assert!(known.get(&linen).is_some(), "forgotten after {number}");
        }
        assert!(known.weight() <= MOST_BYTES);
        assert!(known.len() > 400);
        // What would take all room takes none.
        let all = meaning("all".to_owned());
        known.insert(all.clone(), Arc::new(vec![(0, 1.0); 2 << 20]));
        assert!(known.get(&all).is_none() && known.get(&linen).is_some());
    }
}
