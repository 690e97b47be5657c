//! What is written is read again, and no file is too strange.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Cursor, Read},
};

use catalogue_feed::{
    Colour, Entry, Format, Item, LocalText, MAX_RECORD_BYTES, Price, ReadOptions, RowProblem,
    Severity, SizeEntry, Status, WriteOptions, Writer, read,
};
use proptest::{collection, option, prelude::*};

fn written(format: Format, items: &[Item]) -> Vec<u8> {
    let options = WriteOptions {
        shop: Some("https://shop.example/garments".to_owned()),
    };
    let mut writer = Writer::new(format, Vec::new(), options).unwrap();
    for item in items {
        writer.write(item).unwrap();
    }
    writer.finish().unwrap()
}

fn read_all(format: Format, bytes: Vec<u8>) -> Vec<Result<Entry, RowProblem>> {
    read(format, Cursor::new(bytes), &ReadOptions::default()).collect()
}

fn items(format: Format, bytes: Vec<u8>) -> Vec<Item> {
    let read = read_all(format, bytes).into_iter();
    read.map(|entry| entry.unwrap().item).collect()
}

fn text() -> impl Strategy<Value = String> {
    "[A-Za-zé\"',;<&>/|-]([A-Za-z0-9é\"',;<&> .-]{0,12}[A-Za-z0-9\"'])?"
}

fn lines() -> impl Strategy<Value = String> {
    collection::vec(text(), 0..3).prop_map(|lines| lines.join("\n"))
}

fn word() -> impl Strategy<Value = String> {
    "[a-z]{1,8}(-[a-z0-9]{1,4}){0,2}"
}

prop_compose! {
    fn size_entry()(size in "[A-Z0-9]{1,3}", sku in option::of("[A-Z0-9_.-]{1,12}"), stock in option::of(0..1_000_u32), price in option::of(0..100_u32))
        -> SizeEntry {
        SizeEntry { size, sku, price: price.map(|minor| Price { minor, currency: String::new() }), stock }
    }
}

prop_compose! {
    fn labels()(
        brand in option::of(text()), material in option::of(text()), fit in option::of(text()),
        season in option::of(text()), category in option::of("tops|dresses"), path in option::of("[a-z]{1,5}(/[a-z]{1,5}){0,3}"),
        attributes in collection::btree_map(word(), text(), 0..3),
        lists in collection::btree_map(word(), any::<u32>(), 0..2), publish_at in option::of(Just("2026-07-01T08:00:00Z".to_owned())),
        texts in collection::btree_map("[a-z]{2}", (text(), lines()), 0..2),
    ) -> Item {
        let local = |(language, (name, description))| (language, LocalText { name, description });
        let list_price = |(list, minor)| (list, Price { minor, currency: "EUR".to_owned() });
        Item {
            list_prices: lists.into_iter().map(list_price).collect(),
            publish_at,
            brand, material, fit, season, category, category_path: path, attributes,
            texts: texts.into_iter().map(local).collect(),
            ..Item::default()
        }
    }
}

prop_compose! {
    fn item()(
        said in labels(), id in "[0-9a-f]{8}", style in option::of(word()), name in text(), slug in option::of(word()),
        colour in option::of((text(), option::of("#[0-9a-f]{6}"))), description in lines(),
        price in option::of((any::<u32>(), "EUR|JPY|KWD")), sizes in collection::vec(size_entry(), 0..4),
        pictures in collection::vec("[a-z]{1,8}\\.jpg|https://shop\\.example/[a-z]{1,8}", 0..3),
        status in option::of(prop_oneof![Just(Status::Draft), Just(Status::Published), Just(Status::Retired)]),
    ) -> Item {
        let mut sizes = sizes;
        let mut seen = std::collections::BTreeSet::new();
        sizes.retain(|size| seen.insert(size.size.clone()));
        let mut seen = std::collections::BTreeSet::new();
        let mut pictures = pictures;
        pictures.retain(|picture| seen.insert(picture.clone()));
        // One currency, and what costs the same says nothing.
        for size in &mut sizes {
            size.price = size.price.take().zip(price.as_ref()).map(|(own, (minor, currency))| Price {
                minor: own.minor + u32::from(own.minor == *minor),
                currency: currency.clone(),
            });
        }
        Item {
            id: Some(id), style, name, slug,
            colour: colour.map(|(name, hex)| Colour { name, hex }),
            description,
            price: price.map(|(minor, currency)| Price { minor, currency }),
            sizes, pictures, status,
            ..said
        }
    }
}

fn catalogue() -> impl Strategy<Value = Vec<Item>> {
    // Each id once, as in any catalogue.
    collection::vec(item(), 0..6).prop_map(|items| {
        let by_id = items.into_iter().map(|item| (item.id.clone(), item));
        by_id.collect::<BTreeMap<_, _>>().into_values().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn our_own_formats_read_back_as_written(catalogue in catalogue()) {
        for format in [Format::Jsonl, Format::Csv] {
            let mut catalogue = catalogue.clone();
            if format == Format::Csv {
                // A value without its colour has no place in the table, and a picture's name there has no bar.
                for item in &mut catalogue {
                    item.pictures.retain(|picture| !picture.contains('|'));
                }
            }
            prop_assert_eq!(&items(format, written(format, &catalogue)), &catalogue);
        }
    }

    #[test]
    fn other_formats_read_back_what_they_can_carry(catalogue in catalogue()) {
        for format in [Format::ShopifyCsv, Format::GoogleTsv, Format::GoogleXml] {
            let catalogue: Vec<_> = catalogue.iter().cloned().map(as_a_shop_has_it).collect();
            let first = written(format, &catalogue);
            let read = items(format, first.clone());
            prop_assert_eq!(&read, &catalogue);
            prop_assert_eq!(written(format, &read), first);
        }
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in collection::vec(any::<u8>(), 0..300)) {
        for format in Format::ALL {
            read_all(format, bytes.clone());
        }
    }

    #[test]
    fn no_text_is_too_strange(
        text in "(Handle|Title|id|name|size|price|title|Variant Price|[\",\t\r\n]|<(rss|item|g:id|/item|!\\[CDATA\\[|!--)>?|&[#a-z;]{0,4}|[\\{\\}\":,a-z0-9]{0,10}){0,40}"
    ) {
        for format in Format::ALL {
            read_all(format, text.clone().into_bytes());
        }
    }

    #[test]
    fn a_file_that_is_cut_anywhere_is_read_up_to_there(catalogue in catalogue(), at in 0.0..1.0_f64) {
        for format in Format::ALL {
            let mut bytes = written(format, &catalogue);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a fraction of a length")]
            bytes.truncate((bytes.len() as f64 * at) as usize);
            read_all(format, bytes);
        }
    }
}

/// With everything that a shop's garment has, and public pictures first: the formats of others have no place for what lacks.
fn as_a_shop_has_it(mut item: Item) -> Item {
    item.style.get_or_insert_with(|| "style".to_owned());
    item.slug.get_or_insert_with(|| "slug".to_owned());
    item.category.get_or_insert_with(|| "tops".to_owned());
    item.category_path.get_or_insert_with(|| "women".to_owned());
    let currency = "EUR".to_owned();
    item.price.get_or_insert(Price {
        minor: 100,
        currency,
    });
    item.status.get_or_insert(Status::Draft);
    let colour = item.colour.get_or_insert_with(|| Colour {
        name: "Sand".to_owned(),
        hex: None,
    });
    colour.hex.get_or_insert_with(|| "#d8c9a8".to_owned());
    item.pictures
        .sort_by_key(|picture| !picture.contains("://"));
    item
}

/// A file that never ends, and never ends a record.
struct Endless(&'static [u8], u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let begun = std::mem::take(&mut self.0);
        if !begun.is_empty() {
            buffer[..begun.len()].copy_from_slice(begun);
            return Ok(begun.len());
        }
        buffer.fill(b'x');
        self.1 += buffer.len() as u64;
        assert!(self.1 < 64 << 20, "it reads on and on");
        Ok(buffer.len())
    }
}

#[test]
fn a_record_without_an_end_is_given_up() {
    for (format, begin) in [
        (Format::Csv, &b"name,size\n\"a"[..]),
        (Format::ShopifyCsv, b"Handle,Title\n\"a"),
        (Format::GoogleTsv, b"id\ttitle\n\"a"),
        (Format::GoogleXml, b"<rss><item><title>"),
        (Format::GoogleXml, b"<rss><"),
    ] {
        let read: Vec<_> = read(format, Endless(begin, 0), &ReadOptions::default()).collect();
        let last = read.last().unwrap().as_ref().unwrap_err();
        assert_eq!(last.severity, Severity::Fatal, "{format}: {last}");
    }
}

#[test]
fn a_line_that_is_too_long_is_skipped() {
    let long = "x".repeat(3 * MAX_RECORD_BYTES);
    let text =
        format!("\u{feff}{{\"name\":\"a\"}}\r\n{long}\n\n{{\"name\":3}}\n{{\"name\":\"b\"}}");
    let read = read_all(Format::Jsonl, text.into_bytes());
    let told: Vec<_> = read
        .iter()
        .map(|it| match it {
            Ok(entry) => (entry.line, entry.item.name.as_str()),
            Err(problem) => (problem.line, problem.column.as_deref().unwrap_or_default()),
        })
        .collect();
    assert_eq!(told, [(1, "a"), (2, ""), (4, "name"), (5, "b")]);
}

#[test]
fn elements_inside_each_other_have_an_end() {
    let deep = "<a>".repeat(1_000);
    let read = read_all(Format::GoogleXml, deep.into_bytes());
    assert_eq!(read[0].as_ref().unwrap_err().severity, Severity::Fatal);
}

#[test]
fn rows_of_one_style_have_an_end() {
    let mut text = "Handle,Title,Option1 Name,Option1 Value,Variant Price\n".to_owned();
    for row in 0..10_000 {
        writeln!(text, "a,A,Size,{row},5 EUR").unwrap();
    }
    text.push_str("b,B,Size,1,5 EUR\n");
    let read = read_all(Format::ShopifyCsv, text.into_bytes());
    assert_eq!(read.len(), 2, "{:?}", &read[..2]);
    assert!(read[0].is_err() && read[1].is_ok());
}

#[test]
fn rows_are_read_as_sheets_write_them() {
    let text = "\u{feff}NAME,Colour,price,size,unknown,sku\r\nShirt,Sand,\"1.049,90 EUR\",S,x,A\r\nShirt,Sand,,M\r\n,,,,,\r\nShirt,Navy,49.90 EUR,S,x,B,extra\r\nShirt,Red,5 EUR,S\r\nShirt,Red,5 EUR,S\r\n";
    let read = read_all(Format::Csv, text.as_bytes().to_vec());
    let (good, bad): (Vec<_>, Vec<_>) = read.into_iter().partition(Result::is_ok);
    let item = good[0].clone().unwrap().item;
    assert_eq!((good.len(), item.sizes.len()), (1, 2));
    assert_eq!(item.price.unwrap().minor, 104_990);
    let lines: Vec<_> = bad.into_iter().map(|it| it.unwrap_err().line).collect();
    assert_eq!(lines, [5, 7]);
}
