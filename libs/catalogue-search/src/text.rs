//! Which garments match the words, and how well.

use std::sync::Arc;

use tantivy::{
    DocId, Index, IndexReader, IndexWriter, ReloadPolicy, Score, Searcher, SegmentOrdinal,
    SegmentReader, TantivyDocument, Term,
    collector::{Collector, SegmentCollector},
    columnar::Column,
    query::{
        AutomatonWeight, BooleanQuery, BoostQuery, DfaWrapper, DisjunctionMaxQuery, EnableScoring,
        FuzzyTermQuery, Occur, Query, TermQuery, Weight,
    },
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
    },
    tokenizer::{
        AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer,
        TextAnalyzer,
    },
};

use crate::{colour_family::ColourFamily, garment::Garment, normalise::joined, synonyms};

/// Memory for garments that are not committed yet.
const WRITER_BYTES: usize = 20_000_000;

/// So many words are looked for; the rest is left out.
const MOST_WORDS: usize = 12;

/// Longer words are nobody's.
const LONGEST_WORD: usize = 40;

/// Languages whose words are brought down to their stems. What is said in others is found by whole words.
const LANGUAGES: [(&str, Language); 5] = [
    ("en", Language::English),
    ("de", Language::German),
    ("fr", Language::French),
    ("es", Language::Spanish),
    ("it", Language::Italian),
];

/// Words that say nothing about a garment.
const EMPTY_WORDS: [&str; 22] = [
    "a", "an", "and", "for", "from", "in", "of", "on", "or", "the", "to", "with", "das", "der",
    "die", "ein", "eine", "für", "im", "mit", "und", "von",
];

/// Words of a language: its name field and its field for all else, with how to cut and stem them.
struct Spoken {
    name: Field,
    text: Field,
    analyzer: TextAnalyzer,
}

/// The fields of the text index, and what each counts.
pub(crate) struct Fields {
    slot: Field,
    sku: Field,
    brand: Field,
    colour: Field,
    kind: Field,
    traits: Field,
    /// Whole words of name, brand, colour and category, for typing errors and beginnings.
    main_words: Field,
    /// Whole words of everything.
    all_words: Field,
    spoken: Vec<(&'static str, Spoken)>,
    plain: TextAnalyzer,
}

fn analyzer(language: Option<Language>) -> TextAnalyzer {
    let plain = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST_WORD))
        .filter(LowerCaser);
    match language {
        // Stems first: an umlaut tells the stemmer something.
        Some(language) => plain
            .filter(Stemmer::new(language))
            .filter(AsciiFoldingFilter)
            .build(),
        None => plain.filter(AsciiFoldingFilter).build(),
    }
}

/// The text index, and what writes it.
pub(crate) struct TextIndex {
    fields: Arc<Fields>,
    writer: IndexWriter<TantivyDocument>,
    reader: IndexReader,
}

impl TextIndex {
    pub(crate) fn new() -> tantivy::Result<Self> {
        let mut schema = Schema::builder();
        let text = |tokenizer: &str| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_index_option(IndexRecordOption::WithFreqs);
            TextOptions::default().set_indexing_options(indexing)
        };
        let slot = schema.add_u64_field("slot", FAST | INDEXED);
        let sku = schema.add_text_field("sku", STRING);
        let [brand, colour, kind, traits] = ["brand", "colour", "kind", "traits"]
            .map(|name| schema.add_text_field(name, text("en")));
        let main_words = schema.add_text_field("main_words", text("plain"));
        let all_words = schema.add_text_field("all_words", text("plain"));
        let spoken = LANGUAGES.map(|(code, language)| {
            let spoken = Spoken {
                name: schema.add_text_field(&format!("name_{code}"), text(code)),
                text: schema.add_text_field(&format!("text_{code}"), text(code)),
                analyzer: analyzer(Some(language)),
            };
            (code, spoken)
        });
        let index = Index::create_in_ram(schema.build());
        index.tokenizers().register("plain", analyzer(None));
        for (code, language) in LANGUAGES {
            index.tokenizers().register(code, analyzer(Some(language)));
        }
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let fields = Fields {
            slot,
            sku,
            brand,
            colour,
            kind,
            traits,
            main_words,
            all_words,
            spoken: spoken.into_iter().collect(),
            plain: analyzer(None),
        };
        Ok(Self {
            fields: Arc::new(fields),
            writer,
            reader,
        })
    }

    /// Puts the garment there in place of what was there.
    pub(crate) fn put(&self, slot: u32, garment: &Garment) -> tantivy::Result<()> {
        self.remove(slot);
        self.writer
            .add_document(self.fields.document(slot, garment))?;
        Ok(())
    }

    pub(crate) fn remove(&self, slot: u32) {
        let term = Term::from_field_u64(self.fields.slot, slot.into());
        self.writer.delete_term(term);
    }

    /// What was put and removed by now, to be looked through.
    pub(crate) fn commit(&mut self) -> tantivy::Result<Text> {
        self.writer.commit()?;
        self.reader.reload()?;
        Ok(Text {
            fields: self.fields.clone(),
            searcher: self.reader.searcher(),
        })
    }
}

impl Fields {
    fn document(&self, slot: u32, garment: &Garment) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_u64(self.slot, slot.into());
        for sku in &garment.skus {
            document.add_text(self.sku, sku.to_lowercase());
        }
        let brand = joined(garment.brand.as_deref().unwrap_or_default());
        let family = ColourFamily::of(&garment.hex).name();
        let colour = joined(&format!("{} {family}", garment.colour));
        let path = garment.category_path.as_deref().unwrap_or_default();
        let kind = joined(&format!("{} {}", garment.category, path.replace('/', " ")));
        let material = garment.material.as_deref().unwrap_or_default();
        let traits = joined(&format!(
            "{material} {}",
            garment
                .attributes
                .values()
                .cloned()
                .collect::<Vec<_>>()
                .join(" ")
        ));
        let name = joined(&garment.name);
        document.add_text(self.brand, &brand);
        document.add_text(self.colour, &colour);
        document.add_text(self.kind, &kind);
        document.add_text(self.traits, &traits);
        let mut main = format!("{name} {brand} {colour} {kind} {traits}");
        let mut all = joined(&garment.description);
        for (code, spoken) in &self.spoken {
            if *code == "en" {
                document.add_text(spoken.name, &name);
                document.add_text(spoken.text, &all);
            }
        }
        for (language, (name, description)) in &garment.texts {
            let (name, description) = (joined(name), joined(description));
            let spoken = self.spoken.iter().find(|(code, _)| code == language);
            if let Some((_, spoken)) = spoken {
                document.add_text(spoken.name, &name);
                document.add_text(spoken.text, &description);
            }
            main.extend([" ", &name]);
            all.extend([" ", &description]);
        }
        document.add_text(self.main_words, &main);
        all.extend([" ", &main]);
        document.add_text(self.all_words, &all);
        document
    }

    /// What matches this word of the question, best field first.
    fn word(&self, word: &str, last: bool) -> tantivy::Result<Box<dyn Query>> {
        let mut ways = self.exact(word, 1.0);
        for other in synonyms::of(word) {
            ways.extend(self.exact(other, 0.6));
        }
        let folded = tokens(&self.plain, word).into_iter().next();
        let folded = folded.unwrap_or_else(|| word.to_owned());
        let edits = edits(&folded);
        for other in synonyms::near(word, edits.into()).filter(|_| edits > 0) {
            ways.extend(self.exact(other, 0.15));
        }
        let mistyped = (edits > 0)
            .then(|| Automaton::of(self.all_words, &folded, edits))
            .transpose()?;
        for (field, weight) in [(self.main_words, 2.0), (self.all_words, 0.5)] {
            let term = Term::from_field_text(field, &folded);
            ways.push(boosted(plain_term(&term), weight));
            if last && folded.chars().count() >= 2 {
                let begins = FuzzyTermQuery::new_prefix(term, 0, true);
                ways.push(boosted(Box::new(begins), weight * 0.6));
            }
            if let Some(automaton) = &mistyped {
                let mistyped = Mistyped {
                    field,
                    automaton: automaton.clone(),
                };
                ways.push(boosted(Box::new(mistyped), weight * 0.25));
            }
        }
        let ways = DisjunctionMaxQuery::with_tie_breaker(ways, 0.1);
        Ok(Box::new(ways))
    }

    fn exact(&self, word: &str, factor: Score) -> Vec<Box<dyn Query>> {
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        for (code, spoken) in &self.spoken {
            let Some(stem) = tokens(&spoken.analyzer, word).into_iter().next() else {
                continue;
            };
            let mut add = |field: Field, weight: Score| {
                let term = Term::from_field_text(field, &stem);
                ways.push(boosted(plain_term(&term), weight * factor));
            };
            add(spoken.name, 6.0);
            add(spoken.text, 1.0);
            if *code == "en" {
                add(self.brand, 4.0);
                add(self.colour, 3.0);
                add(self.kind, 3.0);
                add(self.traits, 2.0);
            }
        }
        ways
    }
}

/// Recognises what a word may have been meant to be: dear to make, so made once for all fields.
#[derive(Clone)]
struct Automaton(Arc<DfaWrapper>);

impl Automaton {
    fn of(field: Field, word: &str, edits: u8) -> tantivy::Result<Self> {
        let term = Term::from_field_text(field, word);
        let automaton = FuzzyTermQuery::new(term, edits, true).automaton()?;
        Ok(Self(Arc::new(automaton)))
    }
}

/// What has a word in this field that was probably meant.
#[derive(Clone)]
struct Mistyped {
    field: Field,
    automaton: Automaton,
}

impl std::fmt::Debug for Mistyped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mistyped in {:?}", self.field)
    }
}

impl Query for Mistyped {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let Automaton(automaton) = self.automaton.clone();
        Ok(Box::new(AutomatonWeight::<DfaWrapper>::new(
            self.field, automaton,
        )))
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

fn plain_term(term: &Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs))
}

fn boosted(query: Box<dyn Query>, weight: Score) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

fn tokens(analyzer: &TextAnalyzer, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut analyzer = analyzer.clone();
    let mut stream = analyzer.token_stream(text);
    while let Some(token) = stream.next() {
        found.push(token.text.clone());
    }
    found
}

/// The text index as it was at a commit.
pub(crate) struct Text {
    fields: Arc<Fields>,
    searcher: Searcher,
}

/// Slots with how well they match.
pub(crate) type Matches = Vec<(u32, Score)>;

impl Text {
    /// What matches all words; if nothing does, what matches one of them, and then the second value is true.
    pub(crate) fn matches(&self, typed: &str) -> tantivy::Result<(Matches, bool)> {
        let words = telling_words(typed);
        let code = typed.trim().to_lowercase();
        let code = plain_term(&Term::from_field_text(self.fields.sku, &code));
        let count = words.len();
        let word = |(at, word): (usize, &String)| self.fields.word(word, at + 1 == count);
        let words = words.iter().enumerate().map(word);
        let words = words.collect::<tantivy::Result<Vec<_>>>()?;
        for occur in [Occur::Must, Occur::Should] {
            let all = words.iter().map(|word| (occur, word.box_clone()));
            let all: Box<dyn Query> = Box::new(BooleanQuery::new(all.collect()));
            let query = BooleanQuery::new(vec![
                (Occur::Should, boosted(code.box_clone(), 50.0)),
                (Occur::Should, all),
            ]);
            let found = self.searcher.search(&query, &Slots { field: "slot" })?;
            if !found.is_empty() || count < 2 {
                return Ok((found, occur == Occur::Should));
            }
        }
        Ok((Vec::new(), true))
    }
}

/// The words that say something; all of them, where none does.
fn telling_words(typed: &str) -> Vec<String> {
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

/// Collects every match.
struct Slots {
    field: &'static str,
}

struct SegmentSlots {
    slots: Column<u64>,
    found: Matches,
}

impl Collector for Slots {
    type Fruit = Matches;
    type Child = SegmentSlots;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentSlots> {
        Ok(SegmentSlots {
            slots: segment.fast_fields().u64(self.field)?,
            found: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, fruits: Vec<Matches>) -> tantivy::Result<Matches> {
        Ok(fruits.into_iter().flatten().collect())
    }
}

impl SegmentCollector for SegmentSlots {
    type Fruit = Matches;

    fn collect(&mut self, document: DocId, score: Score) {
        let slot = self
            .slots
            .first(document)
            .and_then(|slot| u32::try_from(slot).ok());
        self.found.extend(slot.map(|slot| (slot, score)));
    }

    fn harvest(self) -> Matches {
        self.found
    }
}
