//! Whatever is read from outside: an answer or a typed refusal, and never a panic. Each target runs for a second, or for as long as
//! `FUZZ_SECONDS` says.
#![expect(clippy::unwrap_used, reason = "test")]

use std::{
    fmt::Debug,
    io::{Cursor as Reader, Write},
};

use axum::extract::Query;
use bolero::check;
use catalogue_feed::{Bundle, BundleLimits, Format, Item, ReadOptions, WriteOptions, Writer, read};
use domain::{
    catalog::{
        category::CategoryEvent, collection::CollectionEvent, garment::GarmentEvent,
        search::SearchEvent, stock::StockEvent,
    },
    identity::account::AccountEvent,
    media::picture::PictureEvent,
    tryon::{session::SessionEvent, suitability::SuitabilityEvent},
    wardrobe::wardrobe::WardrobeEvent,
};
use fuzz_parsers::{Almost, seeds, time};
use http_kit::{Cursor, CursorKeys};
use identity::Keyring;
use replay::FilterText;
use serde::{Serialize, de::DeserializeOwned};
use testkit::{ZipEntry, zip};

/// Runs one target.
fn run(seeds: &[Vec<u8>], target: impl Fn(&Almost, &[u8]) + std::panic::RefUnwindSafe) {
    check!()
        .with_type::<Almost>()
        .with_test_time(time())
        .for_each(|almost| target(almost, &almost.of(seeds)));
}

/// What reads as an event is written as the same event.
fn reads_as_it_writes<E: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<E>(bytes) {
        let written = serde_json::to_vec(&event).unwrap();
        assert_eq!(serde_json::from_slice::<E>(&written).unwrap(), event);
    }
}

#[test]
fn events() {
    let golden = seeds("domain/tests/golden").unwrap();
    run(&golden, |_, bytes| {
        reads_as_it_writes::<GarmentEvent>(bytes);
        reads_as_it_writes::<StockEvent>(bytes);
        reads_as_it_writes::<CollectionEvent>(bytes);
        reads_as_it_writes::<CategoryEvent>(bytes);
        reads_as_it_writes::<SearchEvent>(bytes);
        reads_as_it_writes::<PictureEvent>(bytes);
        reads_as_it_writes::<SessionEvent>(bytes);
        reads_as_it_writes::<SuitabilityEvent>(bytes);
        reads_as_it_writes::<AccountEvent>(bytes);
        reads_as_it_writes::<WardrobeEvent>(bytes);
    });
}

#[test]
fn cursors() {
    let keys = CursorKeys::new([b"the key of this test".to_vec()]);
    let ours = |value: u64| keys.encode("GET /v1/garments", &value).unwrap();
    let written: Vec<Vec<u8>> = [0, 7, u64::MAX]
        .map(|value| ours(value).as_str().as_bytes().to_vec())
        .into();
    run(&written, |_, bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        let cursor = Cursor::from(text.to_owned());
        if let Ok(value) = keys.decode::<u64>("GET /v1/garments", &cursor) {
            // Nothing is taken that was not given out.
            assert_eq!(ours(value).as_str(), text);
        }
        assert!(keys.decode::<u64>("GET /v1/events", &cursor).is_err());
    });
}

#[test]
fn filters_of_replays() {
    let asked = [
        "context=catalog&type=PriceChanged,GarmentRetired&since=2026-01-01T00:00:00Z",
        "aggregate=catalog.garment&id=01900000-0000-7000-8000-000000000001&after=12&until=2026-02-01",
        "actor=01900000-0000-7000-8000-000000000001&as_of=9f2c4e7a81b03d56-42",
    ];
    let asked: Vec<Vec<u8>> = asked.map(|text| text.as_bytes().to_vec()).into();
    run(&asked, |_, bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        let Ok(address) = format!("/v1/events?{text}").parse() else {
            return;
        };
        if let Ok(Query(filter)) = Query::<FilterText>::try_from_uri(&address) {
            let _ = filter.parse();
        }
    });
}

#[test]
fn access_tokens() {
    let keyring = Keyring::of_seed("https://shop.example", &[7; 32]).unwrap();
    let other = Keyring::of_seed("https://shop.example", &[8; 32]).unwrap();
    let whose = (1..4).map(|whose| keyring.example(whose).unwrap());
    let signed: Vec<Vec<u8>> = whose.map(String::into_bytes).collect();
    run(&signed, |_, bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        // Nothing is taken but what was signed, to the letter.
        assert_eq!(keyring.check(text).is_some(), signed.contains(&text.into()));
        assert!(other.check(text).is_none());
    });
}

#[test]
fn pictures() {
    let files = seeds("libs/imaging/tests/pictures").unwrap();
    run(&files, |almost, bytes| {
        let header = imaging::inspect(bytes);
        let taken = imaging::normalise(bytes);
        if let (Err(refused), Ok(_)) = (&header, &taken) {
            panic!("taken although its header is refused: {refused}");
        }
        if almost.is_untouched() {
            assert!(header.is_ok() || taken.is_err());
        }
    });
}

#[test]
fn catalogues() {
    let lines = seeds("ops/fuzz/parsers/corpus").unwrap().concat();
    let options = ReadOptions {
        currency: Some("EUR".to_owned()),
    };
    let items: Vec<Item> = read(Format::Jsonl, Reader::new(lines), &options)
        .map(|entry| entry.unwrap().item)
        .collect();
    let formats = [
        Format::Jsonl,
        Format::Csv,
        Format::ShopifyCsv,
        Format::GoogleTsv,
        Format::GoogleXml,
    ];
    let shop = WriteOptions {
        shop: Some("https://shop.example/garments".to_owned()),
    };
    let files = formats.map(|format| {
        let mut writer = Writer::new(format, Vec::new(), shop.clone()).unwrap();
        for item in &items {
            writer.write(item).unwrap();
        }
        writer.finish().unwrap()
    });
    run(&files, |_, bytes| {
        // A file says itself what it is, and is read as whatever somebody says that it is.
        let _ = Format::detect(None, bytes);
        for format in formats {
            for entry in read(format, Reader::new(bytes.to_vec()), &options) {
                let Ok(entry) = entry else { continue };
                assert!(entry.line > 0);
            }
        }
    });
}

#[test]
fn zips() {
    let csv = "name,price,size,pictures\nShirt,5 EUR,M,sand.jpg\n";
    let entries = [
        ZipEntry::new("spring/catalogue.csv", csv.repeat(20)),
        ZipEntry::new("spring/sand.jpg", "not much of a picture"),
        ZipEntry {
            deflate: false,
            ..ZipEntry::new("navy.jpg", "nor this")
        },
    ];
    let written = vec![zip(&entries).unwrap(), zip(&entries[1..]).unwrap()];
    run(&written, |almost, bytes| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let bundle = match Bundle::open(file, BundleLimits::SENT) {
            Ok(bundle) => bundle,
            Err(refusal) => {
                assert!(!almost.is_untouched(), "{refusal}");
                return;
            }
        };
        if let Ok(table) = bundle.table() {
            let _ = table.detect();
            if let Ok(input) = table.read() {
                for entry in read(Format::Csv, input, &ReadOptions::default()) {
                    let Ok(entry) = entry else { continue };
                    assert!(entry.line > 0);
                }
            }
        }
        for name in ["sand.jpg", "navy.jpg"] {
            // No more than was asked for, whatever the zip says.
            let length = bundle.read(name, 100).map_or(0, |bytes| bytes.len());
            assert!(length <= 100);
        }
    });
}
