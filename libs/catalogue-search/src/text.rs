//! What is said of garments, written down word by word.

use std::sync::Arc;

use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term,
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
    },
    tokenizer::{
        AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer,
        TextAnalyzer,
    },
};

use crate::{colour_family::ColourFamily, garment::Garment, normalise::joined, words::Text};

/// Memory for garments that are not committed yet.
const WRITER_BYTES: usize = 20_000_000;

/// Longer words are nobody's.
pub(crate) const LONGEST_WORD: usize = 40;

/// Languages whose words are brought down to their stems. What is said in others is found by whole words.
const LANGUAGES: [(&str, Language); 5] = [
    ("en", Language::English),
    ("de", Language::German),
    ("fr", Language::French),
    ("es", Language::Spanish),
    ("it", Language::Italian),
];

/// Words of a language: its name field and its field for all else, with how to cut and stem them.
pub(crate) struct Spoken {
    pub(crate) name: Field,
    pub(crate) text: Field,
    pub(crate) analyzer: TextAnalyzer,
}

/// The fields of the text index, and what each counts.
pub(crate) struct Fields {
    slot: Field,
    pub(crate) sku: Field,
    pub(crate) brand: Field,
    pub(crate) colour: Field,
    pub(crate) kind: Field,
    pub(crate) traits: Field,
    /// Whole words of name, brand, colour and category, for typing errors and beginnings.
    pub(crate) main_words: Field,
    /// Whole words of everything: what is in `main_words`, too.
    pub(crate) all_words: Field,
    pub(crate) spoken: Vec<(&'static str, Spoken)>,
    pub(crate) plain: TextAnalyzer,
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
        Text::open(self.fields.clone(), self.reader.searcher())
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
}

/// The words of a text, as a field has them.
pub(crate) fn tokens(analyzer: &TextAnalyzer, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut analyzer = analyzer.clone();
    let mut stream = analyzer.token_stream(text);
    while let Some(token) = stream.next() {
        found.push(token.text.clone());
    }
    found
}
