//! Zips with a catalogue and pictures in them, and zips that mean harm.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::io::{Read, Write};

use catalogue_feed::{Bundle, BundleLimits, BundleRefusal, Format, ReadOptions, read};
use testkit::{ZipEntry, zip};

const LIMITS: BundleLimits = BundleLimits {
    entries: 8,
    bytes: 4 << 20,
    ratio: 200,
};
const CSV: &str = "name,price,size\nShirt,5 EUR,M\n";

fn opened(bytes: &[u8]) -> Result<Bundle, BundleRefusal> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Bundle::open(file, LIMITS)
}

fn bundle(entries: &[ZipEntry]) -> Result<Bundle, BundleRefusal> {
    opened(&zip(entries).unwrap())
}

/// The code that a zip is refused with, when it is opened or when its catalogue is looked for.
fn refused(entries: &[ZipEntry]) -> &'static str {
    let opened = bundle(entries);
    let table = opened.and_then(|bundle| bundle.table());
    let found = table.and_then(|table| table.detect());
    found.unwrap_err().code()
}

/// What is random enough not to be packed.
fn noise(length: u64) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn the_catalogue_and_its_pictures_are_found_wherever_they_lie() {
    let picture = noise(100_000);
    let stored = ZipEntry {
        deflate: false,
        ..ZipEntry::new("spring\\navy.jpg", picture.clone())
    };
    let folder = ZipEntry {
        mode: 0o040_755,
        ..ZipEntry::new("spring/", "")
    };
    let bundle = bundle(&[
        folder,
        ZipEntry::new("spring/catalogue.CSV", CSV),
        ZipEntry::new("spring/pictures/sand.jpg", picture.clone()),
        stored,
        ZipEntry::new("__MACOSX/spring/._sand.jpg", "of no use"),
        ZipEntry::new("__MACOSX/spring/sand.jpg", "of no use"),
        ZipEntry::new("spring/.other.csv", "of no use"),
    ])
    .unwrap();
    let table = bundle.table().unwrap();
    assert_eq!(
        (table.name.as_str(), table.size, table.detect().unwrap()),
        ("spring/catalogue.CSV", CSV.len() as u64, Some(Format::Csv))
    );
    let items = read(Format::Csv, table.read().unwrap(), &ReadOptions::default());
    let names: Vec<_> = items.map(|entry| entry.unwrap().item.name).collect();
    assert_eq!(names, ["Shirt"]);
    for name in ["sand.jpg", "navy.jpg"] {
        assert_eq!(bundle.read(name, 100_000).unwrap(), picture, "{name}");
    }
    for (name, most, why) in [
        ("sand.jpg", 99_999, "longer than 99999 bytes"),
        ("nowhere.jpg", 100_000, "no such file"),
        ("._sand.jpg", 100_000, "no such file"),
        ("catalogue.CSV", 100_000, "no such file"),
    ] {
        let said = bundle.read(name, most).unwrap_err().to_string();
        assert!(said.contains(why), "{name}: {said}");
    }
}

#[test]
fn of_two_files_with_one_name_none_is_taken() {
    let bundle = bundle(&[
        ZipEntry::new("sand/1.jpg", "sand"),
        ZipEntry::new("navy/1.jpg", "navy"),
        ZipEntry::new("navy/2.jpg", "two"),
    ])
    .unwrap();
    let said = bundle.read("1.jpg", 100).unwrap_err().to_string();
    assert!(said.contains("several files"), "{said}");
    assert_eq!(bundle.read("2.jpg", 100).unwrap(), b"two");
    assert_eq!(bundle.table().unwrap_err(), BundleRefusal::NoTable);
}

#[test]
fn what_means_harm_is_refused_by_name() {
    let file = |name: &str| ZipEntry::new(name, "x");
    let csv = ZipEntry::new("a.csv", CSV);
    let encrypted = ZipEntry {
        flags: 1,
        ..file("a.jpg")
    };
    let of_mode = |mode: u32| ZipEntry {
        mode,
        ..file("a.jpg")
    };
    let strange = ZipEntry {
        method: Some(93),
        ..file("a.jpg")
    };
    // Two megabytes of nothing are two kilobytes in a zip.
    let bomb = ZipEntry::new("a.jpg", vec![0; 2 << 20]);
    let large = ZipEntry::new("a.jpg", noise(3 << 20));
    let many: Vec<_> = (0..9).map(|name| file(&format!("{name}.jpg"))).collect();
    let mut cases = vec![
        ("zip-encrypted", vec![encrypted]),
        ("zip-link", vec![of_mode(0o120_777)]),
        ("zip-link", vec![of_mode(0o010_644)]),
        ("zip-method-unsupported", vec![strange]),
        ("zip-nested", vec![file("pictures.ZIP")]),
        (
            "zip-nested",
            vec![ZipEntry::new(
                "a.csv",
                zip(std::slice::from_ref(&csv)).unwrap(),
            )],
        ),
        ("zip-ratio-exceeded", vec![bomb]),
        ("zip-too-large", vec![large.clone(), large]),
        ("zip-entries-exceeded", many),
        ("zip-without-catalogue", vec![]),
        ("zip-catalogue-ambiguous", vec![csv, file("deep/b.xml")]),
    ];
    for name in [
        "/etc/a.jpg",
        "\\\\server\\a.jpg",
        "../a.jpg",
        "a/../../b.jpg",
        "a\\..\\..\\b.jpg",
        "c:a.jpg",
        "a\0.jpg",
        "a//b.jpg",
        "",
        &"a".repeat(1_025),
    ] {
        cases.push(("zip-path-unsafe", vec![file(name)]));
    }
    for (code, entries) in cases {
        assert_eq!(
            refused(&entries),
            code,
            "{:?}",
            entries.first().map(|it| &it.name)
        );
    }
    let whole = zip(&[ZipEntry::new("a.csv", CSV)]).unwrap();
    for bytes in [&b""[..], b"PK\x03\x04", &whole[..whole.len() - 30]] {
        assert_eq!(opened(bytes).unwrap_err().code(), "zip-damaged");
    }
}

#[test]
fn a_file_is_no_longer_shorter_or_other_than_the_zip_says() {
    let honest = ZipEntry::new("a.csv", CSV.repeat(3_000));
    let said = |claimed: Option<u32>, is_damaged: bool, deflate: bool| {
        let entry = ZipEntry {
            claimed,
            is_damaged,
            deflate,
            ..honest.clone()
        };
        let table = bundle(&[entry]).unwrap().table().unwrap();
        let mut bytes = Vec::new();
        let read = table.read().unwrap().read_to_end(&mut bytes);
        read.unwrap_err().to_string()
    };
    for deflate in [true, false] {
        let longer = said(Some(100_000), false, deflate);
        assert!(longer.contains("shorter than the zip says"), "{longer}");
        let shorter = said(Some(10), false, deflate);
        assert!(shorter.contains("longer than the zip says"), "{shorter}");
        let other = said(None, true, deflate);
        assert!(other.contains("not what was zipped"), "{other}");
    }
    // Whoever reads it as a catalogue hears of it.
    let entry = ZipEntry {
        is_damaged: true,
        ..honest
    };
    let table = bundle(&[entry]).unwrap().table().unwrap();
    let items = read(Format::Csv, table.read().unwrap(), &ReadOptions::default());
    let problem = items.filter_map(Result::err).last().unwrap();
    assert_eq!(problem.severity, catalogue_feed::Severity::Fatal);
}
