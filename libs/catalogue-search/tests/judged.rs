//! What shoppers mean is found: a judged set of questions to the demo catalogue.
#![expect(clippy::unwrap_used, clippy::cast_precision_loss, reason = "test")]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use catalogue_search::{Garment, Index, Question, Snapshot};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct Demo {
    garments: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    slug: String,
    name: String,
    category: String,
    colour: Colour,
    sizes: Vec<String>,
    price_cents: u32,
    currency: String,
    description: String,
    brand: String,
    material: String,
    category_path: String,
}

#[derive(Deserialize)]
struct Colour {
    name: String,
    hex: String,
}

#[derive(Deserialize)]
struct Judged {
    queries: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    words: String,
    relevant: Vec<String>,
}

fn read<T: serde::de::DeserializeOwned>(path: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn demo() -> Vec<Garment> {
    let demo: Demo = read("../../gateway/demo/catalogue.toml");
    let numbered = (1_u32..).zip(demo.garments);
    let garments = numbered.map(|(number, written)| Garment {
        id: Uuid::from_u128(number.into()),
        card: Arc::from(written.slug.as_str()),
        skus: vec![format!("DR-{number:03}")],
        style: written.slug,
        age_key: number.into(),
        name: written.name,
        description: written.description,
        texts: BTreeMap::new(),
        brand: Some(written.brand),
        category: written.category,
        category_path: Some(written.category_path),
        colour: written.colour.name,
        hex: written.colour.hex,
        material: Some(written.material),
        attributes: BTreeMap::new(),
        sizes: written.sizes,
        sizes_in_stock: None,
        price_minor: written.price_cents,
        currency: written.currency,
        published_s: None,
        try_on_ready: true,
    });
    garments.collect()
}

fn indexed(garments: &[Garment]) -> Snapshot {
    let mut index = Index::new().unwrap();
    for garment in garments {
        index.put(garment).unwrap();
    }
    index.snapshot().unwrap()
}

fn found(snapshot: &Snapshot, words: &str, limit: usize) -> Vec<String> {
    let words = words.to_owned();
    let question = Question {
        words,
        ..Question::default()
    };
    let (hits, _) = snapshot.search(&question).unwrap().page_after(None, limit);
    hits.iter().map(|hit| hit.card.to_string()).collect()
}

/// Recall at 10: the share of what is meant that stands among the first ten.
#[test]
fn shoppers_find_what_they_mean() {
    let snapshot = indexed(&demo());
    let judged: Judged = read("tests/judged.toml");
    let (mut recall, mut first) = (0.0, 0);
    for query in &judged.queries {
        let ten = found(&snapshot, &query.words, 10);
        let hits = query
            .relevant
            .iter()
            .filter(|slug| ten.contains(slug))
            .count();
        recall += hits as f64 / query.relevant.len() as f64;
        first += usize::from(
            ten.first()
                .is_some_and(|slug| query.relevant.contains(slug)),
        );
        if hits < query.relevant.len() {
            println!(
                "{:?} wants {:?}, finds {ten:?}",
                query.words, query.relevant
            );
        }
    }
    let count = judged.queries.len();
    let recall = recall / count as f64;
    println!("recall@10 {recall:.3}, first hit relevant {first} of {count}");
    assert!(recall >= 0.95, "recall@10 is {recall:.3}");
    assert!(
        first * 10 >= count * 9,
        "the first hit is relevant {first} times of {count}"
    );
}

#[test]
fn a_code_is_found_as_it_is_written_and_nothing_like_it() {
    let snapshot = indexed(&demo());
    let first = &demo()[0].style;
    assert_eq!(&found(&snapshot, "dr-001", 10)[0], first);
    assert_eq!(found(&snapshot, "dr-0011", 10), Vec::<String>::new());
}

#[test]
fn a_language_is_found_by_its_stems() {
    let mut garments = demo();
    let text = ("Leinenhemden".to_owned(), "Gewaschenes Leinen".to_owned());
    garments[18].texts.insert("de".to_owned(), text);
    let snapshot = indexed(&garments);
    let shirt = garments[18].style.clone();
    for words in ["Leinenhemd", "gewaschene"] {
        assert_eq!(found(&snapshot, words, 10), std::slice::from_ref(&shirt));
    }
}

/// A language is looked through only while something is said in it.
#[test]
fn words_of_a_language_are_found_as_soon_as_and_as_long_as_something_is_said_in_it() {
    let mut garments = demo();
    let mut index = Index::new().unwrap();
    for garment in &garments {
        index.put(garment).unwrap();
    }
    let silent = index.snapshot().unwrap();
    let german = ["Leinenhemd", "gewaschene"];
    for words in german {
        assert_eq!(found(&silent, words, 10), Vec::<String>::new());
    }
    let text = ("Leinenhemden".to_owned(), "Gewaschenes Leinen".to_owned());
    garments[18].texts.insert("de".to_owned(), text);
    index.put(&garments[18]).unwrap();
    let spoken = index.snapshot().unwrap();
    let shirt = garments[18].style.clone();
    for words in german {
        assert_eq!(found(&spoken, words, 10), std::slice::from_ref(&shirt));
        assert_eq!(found(&silent, words, 10), Vec::<String>::new());
    }
    // Nothing of English is lost, nor of what is said in a language that has no field of its own.
    for words in ["linen shirt", "jumper", "breton"] {
        assert_eq!(found(&spoken, words, 3), found(&silent, words, 3));
    }
    let text = ("Koszula lniana".to_owned(), String::new());
    garments[18].texts = BTreeMap::from([("pl".to_owned(), text)]);
    index.put(&garments[18]).unwrap();
    let snapshot = index.snapshot().unwrap();
    assert_eq!(found(&snapshot, "koszula", 10), [shirt]);
    for words in german {
        assert_eq!(found(&snapshot, words, 10), Vec::<String>::new());
    }
}

/// Words are remembered one by one, and as the beginning of another one apart.
#[test]
fn what_was_asked_before_changes_no_answer() {
    let garments = demo();
    let mut index = Index::new().unwrap();
    for garment in &garments {
        index.put(garment).unwrap();
    }
    let judged: Judged = read("tests/judged.toml");
    let mut asked: Vec<String> = judged.queries.into_iter().map(|of| of.words).collect();
    let beginnings = ["bret", "bret xyzzy", "xyzzy bret", "bret wool", "wool bret"];
    asked.extend(beginnings.map(Into::into));
    asked.extend(["WOOL", "wool wool", "dr-001"].map(Into::into));
    let remembering = index.snapshot().unwrap();
    for words in asked.iter().chain(asked.iter().rev()) {
        let anew = index.snapshot().unwrap();
        assert_eq!(found(&remembering, words, 50), found(&anew, words, 50));
    }
    assert_eq!(
        found(&remembering, "xyzzy bret", 50),
        ["breton-long-sleeve"]
    );
    let nothing = Vec::<String>::new();
    assert_eq!(found(&remembering, "bret xyzzy", 50), nothing);
}

#[test]
fn what_looks_like_a_garment_is_worn_at_the_same_place_and_says_why() {
    let garments = demo();
    let snapshot = indexed(&garments);
    let jeans = garments
        .iter()
        .find(|of| of.style == "straight-jeans-indigo")
        .unwrap();
    let similar = snapshot.similar(jeans.id, 5).unwrap();
    assert_eq!(similar.len(), 5);
    for like in &similar {
        let garment = garments.iter().find(|of| of.id == like.id).unwrap();
        assert_eq!(garment.category, "bottoms");
        assert_ne!(garment.style, jeans.style);
        assert!(!like.reasons.is_empty());
    }
    let first = garments.iter().find(|of| of.id == similar[0].id).unwrap();
    assert_eq!(first.material.as_deref(), Some("Denim"));
    assert_eq!(snapshot.similar(Uuid::nil(), 5), None);
}
