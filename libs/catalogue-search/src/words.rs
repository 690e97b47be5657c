//! What a word of a question matches, and how well: looked up in the text index as it was at a commit.
//!
//! Scores are those of tantivy's `DisjunctionMaxQuery` over `TermQuery`s. A word is looked up in up to fourteen fields and meets a handful
//! of garments in most: what tantivy builds for each query, each time, costs more than to add up here.

use std::{io, sync::Arc};

use tantivy::{
    DocId, DocSet, InvertedIndexReader, Score, Searcher, SegmentReader, TERMINATED, Term,
    columnar::Column,
    fieldnorm::FieldNormReader,
    postings::{Postings, SegmentPostings, TermInfo},
    query::{Bm25Weight, DfaWrapper, FuzzyTermQuery},
    schema::{Field, IndexRecordOption},
    tokenizer::{LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer},
};

use crate::{
    normalise::joined,
    synonyms,
    text::{Fields, LONGEST_WORD, Spoken, tokens},
};

/// So many words are looked for; the rest is left out. Words that are met are counted in a byte.
const MOST_WORDS: usize = 12;

/// Words that say nothing about a garment.
const EMPTY_WORDS: [&str; 22] = [
    "a", "an", "and", "for", "from", "in", "of", "on", "or", "the", "to", "with", "das", "der",
    "die", "ein", "eine", "für", "im", "mit", "und", "von",
];

/// The best field counts, and all others this much.
const TIE_BREAKER: Score = 0.1;

/// Slots with how well they match.
pub(crate) type Matches = Vec<(u32, Score)>;

/// The text index as it was at a commit.
pub(crate) struct Text {
    fields: Arc<Fields>,
    searcher: Searcher,
    /// The slots of each segment's documents.
    slots: Vec<Column<u64>>,
    /// By the numbers of the fields.
    opened: Vec<Opened>,
    /// Documents, deleted ones included.
    documents: u64,
}

/// A field, opened once for all that is looked up in it.
struct Opened {
    /// Its words, segment by segment.
    segments: Vec<Arc<InvertedIndexReader>>,
    /// How many words it has in a document.
    average: Score,
    /// Whether it has any: most shops speak one language or two.
    says_something: bool,
}

impl Opened {
    #[expect(
        clippy::cast_precision_loss,
        reason = "an average, as tantivy takes it"
    )]
    fn of(field: Field, searcher: &Searcher, documents: u64) -> tantivy::Result<Self> {
        let segments = searcher.segment_readers().iter();
        let segments = segments
            .map(|segment| segment.inverted_index(field))
            .collect::<tantivy::Result<Vec<_>>>()?;
        let words: u64 = segments.iter().map(|words| words.total_num_tokens()).sum();
        Ok(Self {
            says_something: segments.iter().any(|words| words.terms().num_terms() > 0),
            average: words as Score / documents as Score,
            segments,
        })
    }
}

impl Text {
    pub(crate) fn open(fields: Arc<Fields>, searcher: Searcher) -> tantivy::Result<Self> {
        let segments = searcher.segment_readers().iter();
        let documents = segments.clone().map(|of| u64::from(of.max_doc())).sum();
        let slots = segments.map(|segment| segment.fast_fields().u64("slot"));
        let slots = slots.collect::<tantivy::Result<_>>()?;
        let known = searcher.schema().fields();
        let opened = known.map(|(field, _)| Opened::of(field, &searcher, documents));
        Ok(Self {
            fields,
            slots,
            opened: opened.collect::<tantivy::Result<_>>()?,
            searcher,
            documents,
        })
    }

    /// What has this code, which is all that was typed.
    pub(crate) fn code(&self, typed: &str) -> tantivy::Result<Matches> {
        let code = typed.trim().to_lowercase();
        let mut scores = Scores::of(self.searcher.segment_readers());
        self.look_up(self.fields.sku, &code, 50.0, &mut scores)?;
        Ok(self.found(scores))
    }

    /// What matches this word, as it is written, by another word for it, or by one that was probably meant; the last word of a question
    /// also as the beginning of one.
    pub(crate) fn word(&self, word: &str, last: bool) -> tantivy::Result<Matches> {
        let mut scores = Scores::of(self.searcher.segment_readers());
        self.say(word, 1.0, &mut scores)?;
        for other in synonyms::of(word) {
            self.say(other, 0.6, &mut scores)?;
        }
        let folded = tokens(&self.fields.plain, word).into_iter().next();
        let folded = folded.unwrap_or_else(|| word.to_owned());
        let edits = edits(&folded);
        for other in synonyms::near(word, edits.into()).filter(|_| edits > 0) {
            self.say(other, 0.15, &mut scores)?;
        }
        let begins = last && folded.chars().count() >= 2;
        let begun = begins.then(|| self.begun(&folded)).transpose()?;
        let meant = (edits > 0).then(|| self.meant(&folded, edits));
        let meant = meant.transpose()?;
        for (field, weight) in [(self.fields.main_words, 2.0), (self.fields.all_words, 0.5)] {
            self.look_up(field, &folded, weight, &mut scores)?;
            for (words, factor) in [(&begun, 0.6), (&meant, 0.25)] {
                if let Some(words) = words {
                    self.look_up_any(field, words, weight * factor, &mut scores)?;
                }
            }
        }
        Ok(self.found(scores))
    }

    /// Looks for a word in every language that is spoken here.
    fn say(&self, word: &str, factor: Score, scores: &mut Scores) -> tantivy::Result<()> {
        let fields = &self.fields;
        for (code, spoken) in &fields.spoken {
            if *code != "en" && !self.is_spoken(spoken) {
                continue;
            }
            let Some(stem) = tokens(&spoken.analyzer, word).into_iter().next() else {
                continue;
            };
            let mut look = |field, weight| self.look_up(field, &stem, weight * factor, scores);
            look(spoken.name, 6.0)?;
            look(spoken.text, 1.0)?;
            if *code == "en" {
                look(fields.brand, 4.0)?;
                look(fields.colour, 3.0)?;
                look(fields.kind, 3.0)?;
                look(fields.traits, 2.0)?;
            }
        }
        Ok(())
    }

    /// Whether anything is said in this language.
    fn is_spoken(&self, spoken: &Spoken) -> bool {
        let says_something = |field| self.opened(field).is_some_and(|of| of.says_something);
        says_something(spoken.name) || says_something(spoken.text)
    }

    fn opened(&self, field: Field) -> Option<&Opened> {
        self.opened.get(field.field_id() as usize)
    }

    /// Adds what has this word in this field.
    fn look_up(
        &self,
        field: Field,
        word: &str,
        weight: Score,
        scores: &mut Scores,
    ) -> tantivy::Result<()> {
        let Some(opened) = self.opened(field).filter(|of| of.says_something) else {
            return Ok(());
        };
        let known = opened.segments.iter().map(|words| words.terms().get(word));
        let known = known.collect::<io::Result<Vec<Option<TermInfo>>>>()?;
        let having = known.iter().flatten().map(|of| u64::from(of.doc_freq));
        let having: u64 = having.sum();
        if having == 0 {
            return Ok(());
        }
        let rarity =
            Bm25Weight::for_one_term_without_explain(having, self.documents, opened.average);
        let rarity = rarity.boost_by(weight);
        let segments = self.searcher.segment_readers().iter();
        let segments = segments.zip(&opened.segments).zip(known);
        for (((segment, words), known), scores) in segments.zip(&mut scores.segments) {
            let Some(known) = known else { continue };
            let lengths = segment.fieldnorms_readers().get_field(field)?;
            let lengths =
                lengths.unwrap_or_else(|| FieldNormReader::constant(segment.max_doc(), 1));
            let mut having = postings(words, &known)?;
            while having.doc() != TERMINATED {
                let document = having.doc();
                let length = lengths.fieldnorm_id(document);
                scores.add(document, rarity.score(length, having.term_freq()));
                having.advance();
            }
        }
        Ok(())
    }

    /// Adds what has one of these words, segment by segment, in this field; however many of them it has, it counts the same.
    fn look_up_any(
        &self,
        field: Field,
        words: &[Vec<Vec<u8>>],
        weight: Score,
        scores: &mut Scores,
    ) -> tantivy::Result<()> {
        let Some(opened) = self.opened(field) else {
            return Ok(());
        };
        let way = scores.next_way();
        let segments = opened.segments.iter().zip(words);
        for ((known, words), scores) in segments.zip(&mut scores.segments) {
            for word in words {
                let Some(info) = known.terms().get(word)? else {
                    continue;
                };
                let mut having = postings(known, &info)?;
                while having.doc() != TERMINATED {
                    scores.add_once(having.doc(), weight, way);
                    having.advance();
                }
            }
        }
        Ok(())
    }

    /// Words that begin like this, segment by segment.
    fn begun(&self, beginning: &str) -> tantivy::Result<Vec<Vec<Vec<u8>>>> {
        let begins = |words: &Arc<InvertedIndexReader>| {
            let mut found = Vec::new();
            let mut from = words.terms().range().ge(beginning).into_stream()?;
            while from.advance() && from.key().starts_with(beginning.as_bytes()) {
                found.push(from.key().to_vec());
            }
            Ok(found)
        };
        self.in_all_words(begins)
    }

    /// Words that were probably meant by this one, segment by segment.
    fn meant(&self, word: &str, edits: u8) -> tantivy::Result<Vec<Vec<Vec<u8>>>> {
        let term = Term::from_field_text(self.fields.all_words, word);
        let automaton: DfaWrapper = FuzzyTermQuery::new(term, edits, true).automaton()?;
        let is_like = |words: &Arc<InvertedIndexReader>| {
            let mut found = Vec::new();
            let mut like = words.terms().search(&automaton).into_stream()?;
            while like.advance() {
                found.push(like.key().to_vec());
            }
            Ok(found)
        };
        self.in_all_words(is_like)
    }

    /// What is found among all words, segment by segment.
    fn in_all_words(
        &self,
        find: impl Fn(&Arc<InvertedIndexReader>) -> tantivy::Result<Vec<Vec<u8>>>,
    ) -> tantivy::Result<Vec<Vec<Vec<u8>>>> {
        let all = self.opened(self.fields.all_words);
        let segments = all.map_or(&[][..], |all| &all.segments);
        segments.iter().map(find).collect()
    }

    /// Slots of what has a score and is not deleted.
    fn found(&self, scores: Scores) -> Matches {
        let mut found = Vec::new();
        let segments = self.searcher.segment_readers().iter().zip(&self.slots);
        for ((segment, slots), scores) in segments.zip(scores.segments) {
            let alive = segment.alive_bitset();
            let is_alive = |document: DocId| alive.is_none_or(|alive| alive.is_alive(document));
            for document in scores.scored.iter().copied().filter(|of| is_alive(*of)) {
                let slot = slots.first(document);
                let slot = slot.and_then(|slot| u32::try_from(slot).ok());
                found.extend(slot.map(|slot| (slot, scores.of(document))));
            }
        }
        found
    }
}

fn postings(words: &InvertedIndexReader, known: &TermInfo) -> io::Result<SegmentPostings> {
    words.read_postings_from_terminfo(known, IndexRecordOption::WithFreqs)
}

/// How well documents match, while they are looked for in one way after the other.
struct Scores {
    segments: Vec<SegmentScores>,
    ways: u8,
}

struct SegmentScores {
    documents: Vec<DocumentScore>,
    /// Those that have a score.
    scored: Vec<DocId>,
}

#[derive(Clone, Copy, Default)]
struct DocumentScore {
    best: Score,
    sum: Score,
    /// In which way it was found last, of those in which it counts once.
    way: u8,
}

impl Scores {
    fn of(segments: &[SegmentReader]) -> Self {
        let segments = segments.iter().map(|segment| SegmentScores {
            documents: vec![DocumentScore::default(); segment.max_doc() as usize],
            scored: Vec::new(),
        });
        Self {
            segments: segments.collect(),
            ways: 0,
        }
    }

    fn next_way(&mut self) -> u8 {
        self.ways += 1;
        self.ways
    }
}

impl SegmentScores {
    fn add(&mut self, document: DocId, score: Score) {
        if let Some(known) = self.documents.get_mut(document as usize) {
            if known.sum == 0.0 {
                self.scored.push(document);
            }
            known.best = known.best.max(score);
            known.sum += score;
        }
    }

    fn add_once(&mut self, document: DocId, score: Score, way: u8) {
        if let Some(known) = self.documents.get_mut(document as usize)
            && known.way != way
        {
            known.way = way;
            self.add(document, score);
        }
    }

    fn of(&self, document: DocId) -> Score {
        let score = self.documents.get(document as usize);
        score.map_or(0.0, |of| of.best + (of.sum - of.best) * TIE_BREAKER)
    }
}

/// So many letters of the word may be wrong, missing, too much, or two of them in the wrong order. None of a code: it is meant as it is
/// written.
fn edits(word: &str) -> u8 {
    match word.chars().count() {
        _ if word.chars().any(|letter| letter.is_ascii_digit()) => 0,
        ..4 => 0,
        4..8 => 1,
        8.. => 2,
    }
}

/// The words that say something; all of them, where none does.
pub(crate) fn telling_words(typed: &str) -> Vec<String> {
    let mut all = tokens_unfolded(&joined(typed));
    let telling = |word: &String| !EMPTY_WORDS.contains(&word.as_str());
    if all.iter().any(telling) {
        all.retain(telling);
    }
    all.truncate(MOST_WORDS);
    all
}

/// Words as they are written, in lower case: stemmers want their umlauts.
fn tokens_unfolded(text: &str) -> Vec<String> {
    let analyzer = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST_WORD))
        .filter(LowerCaser)
        .build();
    tokens(&analyzer, text)
}
