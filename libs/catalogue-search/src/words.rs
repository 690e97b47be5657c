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

/// Known words, segment by segment.
type KnownWords = Vec<Vec<Vec<u8>>>;

/// What a word that was typed is taken for: all that is looked up for it. Words that were mistyped are hardly ever the same, and are taken
/// for the same few.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Meaning {
    said: Vec<Said>,
    /// Without its accents, where any garment has it.
    folded: Option<String>,
    /// Words that begin like it.
    begun: Option<KnownWords>,
    /// Words that are nearly like it.
    meant: Option<KnownWords>,
}

/// A word to be looked for in a field.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Said {
    field: Field,
    word: String,
    /// The bits of how much it counts there.
    weight: u32,
}

impl Meaning {
    /// Of a word that stands for itself.
    #[cfg(test)]
    pub(crate) fn of_word(word: String) -> Self {
        Self {
            said: vec![],
            folded: Some(word),
            begun: None,
            meant: None,
        }
    }

    /// The memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let said = self.said.iter();
        let said: usize = said.map(|said| size_of::<Said>() + said.word.len()).sum();
        let words = [&self.begun, &self.meant].into_iter().flatten().flatten();
        let words = words.flatten();
        let words: usize = words.map(|word| size_of::<Vec<u8>>() + word.len()).sum();
        size_of::<Self>() + said + words
    }
}

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
        if !self.knows(self.fields.sku, &code)? {
            return Ok(Matches::new());
        }
        let mut scores = Scores::of(self.searcher.segment_readers());
        self.look_up(self.fields.sku, &code, 50.0, &mut scores)?;
        Ok(self.found(scores))
    }

    /// What this word is taken for: as it is written, as another word for it, and as those that were probably meant; the last word of a
    /// question also as the beginning of others.
    pub(crate) fn meaning(&self, word: &str, last: bool) -> tantivy::Result<Meaning> {
        let mut said = Vec::new();
        self.say(word, 1.0, &mut said)?;
        for other in synonyms::of(word) {
            self.say(other, 0.6, &mut said)?;
        }
        let folded = tokens(&self.fields.plain, word).into_iter().next();
        let folded = folded.unwrap_or_else(|| word.to_owned());
        let edits = edits(&folded);
        for other in synonyms::near(word, edits.into()).filter(|_| edits > 0) {
            self.say(other, 0.15, &mut said)?;
        }
        let begins = last && folded.chars().count() >= 2;
        let begun = begins.then(|| self.begun(&folded)).transpose()?;
        let meant = (edits > 0).then(|| self.meant(&folded, edits));
        let meant = meant.transpose()?;
        let is_known = self.knows(self.fields.main_words, &folded)?
            || self.knows(self.fields.all_words, &folded)?;
        Ok(Meaning {
            said,
            folded: is_known.then_some(folded),
            begun,
            meant,
        })
    }

    /// What matches a word that is taken for this.
    pub(crate) fn matches(&self, meaning: &Meaning) -> tantivy::Result<Matches> {
        let mut scores = Scores::of(self.searcher.segment_readers());
        for said in &meaning.said {
            self.look_up(
                said.field,
                &said.word,
                Score::from_bits(said.weight),
                &mut scores,
            )?;
        }
        for (field, weight) in [(self.fields.main_words, 2.0), (self.fields.all_words, 0.5)] {
            if let Some(folded) = &meaning.folded {
                self.look_up(field, folded, weight, &mut scores)?;
            }
            for (words, factor) in [(&meaning.begun, 0.6), (&meaning.meant, 0.25)] {
                if let Some(words) = words {
                    self.look_up_any(field, words, weight * factor, &mut scores)?;
                }
            }
        }
        Ok(self.found(scores))
    }

    /// In which fields a word is to be looked for, in every language that is spoken here; none where it is not known.
    fn say(&self, word: &str, factor: Score, said: &mut Vec<Said>) -> tantivy::Result<()> {
        let fields = &self.fields;
        for (code, spoken) in &fields.spoken {
            if *code != "en" && !self.is_spoken(spoken) {
                continue;
            }
            let Some(stem) = tokens(&spoken.analyzer, word).into_iter().next() else {
                continue;
            };
            let mut look = |field, weight: Score| -> tantivy::Result<()> {
                if self.knows(field, &stem)? {
                    said.push(Said {
                        field,
                        word: stem.clone(),
                        weight: (weight * factor).to_bits(),
                    });
                }
                Ok(())
            };
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

    /// Whether anything has this word in this field.
    fn knows(&self, field: Field, word: &str) -> tantivy::Result<bool> {
        let Some(opened) = self.opened(field).filter(|of| of.says_something) else {
            return Ok(false);
        };
        for words in &opened.segments {
            if words.terms().get(word)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
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
        words: &KnownWords,
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
    fn begun(&self, beginning: &str) -> tantivy::Result<KnownWords> {
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
    fn meant(&self, word: &str, edits: u8) -> tantivy::Result<KnownWords> {
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
    ) -> tantivy::Result<KnownWords> {
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
