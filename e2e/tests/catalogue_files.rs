//! `drape import` and `drape export`, with the real binary on a real log.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf, pin::pin, time::Duration};

use domain::{
    catalog::garment::Garment,
    media::picture::{Picture, PictureFormat, Purpose, RecordUpload, StoredPicture},
    shared::BlobHash,
};
use e2e::{LogAlone, Process};
use futures::StreamExt;
use jetstream_es::{CommandContext, Executor, SubjectFilter};
use testkit::{ZipEntry, eventually_within, zip};
use uuid::Uuid;

const PICTURE: Uuid = Uuid::from_u128(7);

struct Shop(LogAlone);

impl Shop {
    async fn start() -> Self {
        Self(LogAlone::start().await.unwrap())
    }

    async fn import(&self, file: &str, more: &[&str]) -> anyhow::Result<String> {
        let mut arguments = vec!["import", file];
        arguments.extend(more);
        self.0.drape(&arguments).await
    }

    async fn export(&self, format: &str, more: &[&str]) -> Vec<u8> {
        let into = self.path(&format!("export.{format}"));
        let place = into.display().to_string();
        let mut arguments = vec!["export", "catalogue", "--format", format, "--into", &place];
        arguments.extend(more);
        self.0.drape(&arguments).await.unwrap();
        std::fs::read(into).unwrap()
    }

    /// The commits of each garment.
    async fn commits(&self) -> BTreeMap<String, u64> {
        let through = self.0.log.last_sequence().await.unwrap();
        let filter = SubjectFilter::aggregate_type("catalog.garment");
        let mut commits = pin!(self.0.log.replay(0, through, filter));
        let mut counts = BTreeMap::new();
        while let Some(commit) = commits.next().await {
            *counts.entry(commit.unwrap().aggregate_id).or_default() += 1;
        }
        counts
    }

    /// The picture that published garments are shown by: files name pictures, they do not hold them.
    async fn record_picture(&self) {
        let upload = RecordUpload {
            purpose: Purpose::Catalogue,
            owner: None,
            consent: None,
            original: StoredPicture {
                blob: BlobHash::parse(&"ab".repeat(32)).unwrap(),
                format: PictureFormat::Png,
                width_px: 600,
                height_px: 800,
                size_bytes: 1,
            },
        };
        let executor = Executor::<Picture>::new(self.0.log.clone(), ());
        let context = CommandContext::new("upload");
        executor
            .execute(&PICTURE.to_string(), upload.into(), context)
            .await
            .unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

/// So many garments, with everything that can be said of one said of some of them.
fn jsonl(garments: u32) -> String {
    let mut text = String::new();
    for number in 0..garments {
        let status = ["draft", "published", "retired"][number as usize % 3];
        let more = match number % 4 {
            0 => "",
            1 => r#""brand":"Meadow","season":"Summer 2026","material":"Linen","fit":"regular","#,
            2 => {
                r#""texts":{"de":{"name":"Leinenhemd","description":"Gewaschen,\n\"weich\"; <gut> & günstig"}},"attributes":{"collar":"kent","gender":"female"},"#
            }
            _ => {
                r#""category_path":"women/tops/shirts","list_prices":{"wholesale":{"minor":2490,"currency":"EUR"}},"#
            }
        };
        writeln!(
            text,
            r##"{{"style":"shirt-{style}","name":"Shirt {style}","category":"tops","colour":{{"name":"Tone {number}","hex":"#1b2a4a"}},{more}"description":"Washed, twice.\nCut straight.","price":{{"minor":{price},"currency":"EUR"}},"sizes":[{{"size":"S","sku":"SH-{number}-S"}},{{"size":"M","price":{{"minor":9990,"currency":"EUR"}}}},{{"size":"L"}}],"pictures":["{PICTURE}"],"status":"{status}"}}"##,
            style = number / 2,
            price = 4_990 + number,
        )
        .unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_goes_on_and_imports_each_garment_once() {
    const GARMENTS: u64 = 3_000;
    // Garments that an import decides at the same time.
    const IN_FLIGHT: u64 = 64;
    let shop = Shop::start().await;
    shop.record_picture().await;
    let file = shop.file("catalogue.jsonl", jsonl(3_000));
    let mut importing = Process::start(
        "drape",
        &["import", &file],
        &shop.0.env(),
        &shop.path("killed"),
    )
    .unwrap();
    let some = eventually_within(
        Duration::from_mins(1),
        "some garments to be there",
        || async {
            let sequence = shop.0.log.last_sequence().await.unwrap();
            (sequence > 100).then_some(sequence)
        },
    )
    .await;
    importing.kill9().unwrap();
    let there = shop.commits().await.len() as u64;
    assert!(some <= there + 1 && there < GARMENTS, "{some} then {there}");

    let said = shop.import(&file, &[]).await.unwrap();
    // What was on its way when it died may have been stored after the count.
    let found = said.split(" as they are").next().unwrap();
    let found: u64 = found.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(
        (there..=there + IN_FLIGHT).contains(&found),
        "{there}: {said}"
    );
    let expected = format!(
        "{GARMENTS} garments: {} added, 0 changed, {found} as they are",
        GARMENTS - found
    );
    assert!(said.contains(&expected), "{said}");
    let commits = shop.commits().await;
    assert_eq!(commits.len() as u64, GARMENTS);
    assert!(
        commits.values().all(|count| *count == 1),
        "a garment came twice"
    );

    let before = shop.0.log.last_sequence().await.unwrap();
    let said = shop.import(&file, &[]).await.unwrap();
    assert!(
        said.contains(&format!("0 added, 0 changed, {GARMENTS} as they are")),
        "{said}"
    );
    assert_eq!(shop.0.log.last_sequence().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_and_imported_elsewhere_is_exported_there_byte_for_byte() {
    let here = Shop::start().await;
    here.record_picture().await;
    let file = here.file("catalogue.jsonl", jsonl(24));
    here.import(&file, &[]).await.unwrap();
    for format in ["jsonl", "csv", "shopify-csv", "google-tsv", "google-xml"] {
        let exported = here.export(format, &[]).await;
        assert!(exported.len() > 1_000, "{format}");
        let there = Shop::start().await;
        there.record_picture().await;
        let file = there.file("catalogue", &exported);
        let said = there.import(&file, &["--format", format]).await.unwrap();
        assert!(said.contains("24 garments: 24 added"), "{format}: {said}");
        let again = there.export(format, &[]).await;
        assert_eq!(
            String::from_utf8_lossy(&again),
            String::from_utf8_lossy(&exported),
            "{format}"
        );
        // What one format carries is all that there is: the other formats say the same.
        assert_eq!(
            there.export("jsonl", &[]).await,
            here.export("jsonl", &[]).await,
            "{format}"
        );
        // And here nothing is new.
        let file = here.file("catalogue", &exported);
        let said = here.import(&file, &["--format", format]).await.unwrap();
        assert!(
            said.contains("0 added, 0 changed, 24 as they are"),
            "{format}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_of_one_position() {
    let shop = Shop::start().await;
    shop.record_picture().await;
    let file = shop.file("catalogue.jsonl", jsonl(8));
    shop.import(&file, &[]).await.unwrap();
    let first = shop.export("csv", &[]).await;
    let sequence = shop.0.log.last_sequence().await.unwrap();
    let position = shop.0.log.position(sequence).to_string();
    let dearer = shop.file("dearer.jsonl", jsonl(9).replace("499", "599"));
    let said = shop.import(&dearer, &[]).await.unwrap();
    assert!(said.contains("9 garments: 1 added, 6 changed"), "{said}");
    assert_ne!(shop.export("csv", &[]).await, first);
    assert_eq!(shop.export("csv", &["--at", &position]).await, first);
    let drafts = String::from_utf8(shop.export("jsonl", &["--status", "retired"]).await).unwrap();
    assert_eq!(drafts.lines().count(), 3, "{drafts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_rows_and_columns_and_changes_nothing() {
    let shop = Shop::start().await;
    let file = shop.file(
        "catalogue.csv",
        "name,style,category,colour,price,currency,size\n\
         Shirt,shirt,tops,Navy,49.90,EUR,S\n\
         Shirt,shirt,tops,Navy,49.90,EUR,M\n\
         Hat,hat,hats,Navy,5,EUR,M\n\
         Shirt,shirt,tops,Red,49.999,EUR,M\n",
    );
    let refused = shop
        .import(&file, &["--dry-run"])
        .await
        .unwrap_err()
        .to_string();
    for wanted in [
        "line 4: category: ",
        "line 5: price: ",
        "1 garments: 1 would be added, 0 would be changed, 0 as they are, 0 refused; 2 problems",
    ] {
        assert!(refused.contains(wanted), "{wanted}: {refused}");
    }
    assert_eq!(shop.0.log.last_sequence().await.unwrap(), 0);
    // Without it, what is right is taken all the same.
    shop.import(&file, &[]).await.unwrap_err();
    assert_eq!(shop.commits().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_garment_is_not_brought_back() {
    let shop = Shop::start().await;
    shop.record_picture().await;
    let retired = jsonl(3).lines().last().unwrap().to_owned();
    let file = shop.file("retired.jsonl", &retired);
    shop.import(&file, &[]).await.unwrap();
    let file = shop.file("back.jsonl", retired.replace("retired", "published"));
    let refused = shop.import(&file, &[]).await.unwrap_err().to_string();
    assert!(
        refused.contains("line 1: this garment is off sale for good"),
        "{refused}"
    );
    let id = shop.commits().await.into_keys().next().unwrap();
    let executor = Executor::<Garment>::new(shop.0.log.clone(), ());
    assert_eq!(executor.load(&id).await.unwrap().version, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_from_a_folder_and_are_uploaded_once() {
    let shop = Shop::start().await;
    let csv = "name,style,category,colour,price,size,pictures,status\n\
         Tee,tee,tops,Navy,19.90 EUR,S,https://shop.example/files/wide-stripe-tee.jpg?v=17,published\n\
         Tee,tee,tops,Red,19.90 EUR,S,wide-stripe-tee.jpg,published\n\
         Tee,tee,tops,Green,19.90 EUR,S,nowhere.jpg,published\n";
    let file = shop.file("catalogue.csv", csv);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../gateway/demo/garments");
    let arguments = ["--pictures", folder];
    let said = shop
        .import(&file, &arguments)
        .await
        .unwrap_err()
        .to_string();
    for wanted in [
        "line 4: pictures: nowhere.jpg cannot be read",
        "3 added",
        "1 stay drafts",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    let sequence = shop.0.log.last_sequence().await.unwrap();
    assert_eq!(sequence, 4, "three garments and a picture");
    let said = shop
        .import(&file, &arguments)
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("0 added, 0 changed, 3 as they are"), "{said}");
    assert_eq!(shop.0.log.last_sequence().await.unwrap(), sequence);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_from_a_zip_beside_the_file_or_around_it() {
    let shop = Shop::start().await;
    let csv = "name,style,category,colour,price,size,pictures,status\n\
         Tee,tee,tops,Navy,19.90 EUR,S,https://shop.example/files/wide-stripe-tee.jpg?v=17,published\n";
    let picture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../gateway/demo/garments/wide-stripe-tee.jpg"
    );
    let picture = ZipEntry {
        deflate: false,
        ..ZipEntry::new("tees/wide-stripe-tee.jpg", std::fs::read(picture).unwrap())
    };
    let table = ZipEntry::new("catalogue.csv", csv);
    let pictures = shop.file("pictures.zip", zip(std::slice::from_ref(&picture)).unwrap());
    let around = shop.file("catalogue.zip", zip(&[table.clone(), picture]).unwrap());
    let file = shop.file("catalogue.csv", csv);
    let said = shop.import(&around, &[]).await.unwrap();
    assert!(
        said.contains("1 added") && said.contains("0 problems"),
        "{said}"
    );
    let sequence = shop.0.log.last_sequence().await.unwrap();
    assert_eq!(sequence, 2, "a garment and a picture");
    // It is the same picture wherever it lies.
    let said = shop
        .import(&file, &["--pictures", &pictures])
        .await
        .unwrap();
    assert!(said.contains("0 added, 0 changed, 1 as they are"), "{said}");
    assert_eq!(shop.0.log.last_sequence().await.unwrap(), sequence);

    let hostile = [table, ZipEntry::new("../wide-stripe-tee.jpg", "x")];
    let hostile = shop.file("hostile.zip", zip(&hostile).unwrap());
    for arguments in [vec![hostile.as_str()], vec![&file, "--pictures", &hostile]] {
        let refused = shop.import(arguments[0], &arguments[1..]).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("is no path within a zip"), "{refused}");
    }
    let refused = shop.import(&pictures, &[]).await.unwrap_err().to_string();
    assert!(refused.contains("the zip holds no catalogue"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_of_stock_come_back_in_every_format_where_both_sides_ask_for_them() {
    let here = Shop::start().await;
    here.record_picture().await;
    let counted = jsonl(12)
        .replace("\"size\":\"L\"", "\"size\":\"L\",\"stock\":0")
        .replace("\"size\":\"M\",", "\"size\":\"M\",\"stock\":7,");
    let file = here.file("catalogue.jsonl", counted);
    let said = here.import(&file, &["--stock", "set"]).await.unwrap();
    assert!(said.contains("24 sizes counted"), "{said}");
    let sequence = here.0.log.last_sequence().await.unwrap();
    for format in ["jsonl", "csv", "shopify-csv", "google-tsv", "google-xml"] {
        let without = here.export(format, &[]).await;
        let exported = here.export(format, &["--stock"]).await;
        assert_ne!(exported, without, "{format}");
        let there = Shop::start().await;
        there.record_picture().await;
        let file = there.file("catalogue", &exported);
        // Whoever does not ask for counts gets none.
        there.import(&file, &["--format", format]).await.unwrap();
        assert_eq!(
            there.export(format, &["--stock"]).await,
            without,
            "{format}"
        );
        let said = there
            .import(&file, &["--format", format, "--stock", "set"])
            .await
            .unwrap();
        assert!(said.contains("24 sizes counted"), "{format}: {said}");
        let again = there.export(format, &["--stock"]).await;
        assert_eq!(
            String::from_utf8_lossy(&again),
            String::from_utf8_lossy(&exported),
            "{format}"
        );
        // And here nothing is new.
        let file = here.file("catalogue", &exported);
        let said = here
            .import(&file, &["--format", format, "--stock", "set"])
            .await
            .unwrap();
        assert!(
            said.contains("0 added, 0 changed, 12 as they are"),
            "{said}"
        );
        assert_eq!(
            here.0.log.last_sequence().await.unwrap(),
            sequence,
            "{format}"
        );
    }
    // As of a position is as of that position for counts too.
    let position = here.0.log.position(sequence).to_string();
    let first = here.export("csv", &["--stock"]).await;
    let more = jsonl(12).replace("\"size\":\"L\"", "\"size\":\"L\",\"stock\":3");
    let file = here.file("more.jsonl", more);
    here.import(&file, &["--stock", "set"]).await.unwrap();
    assert_ne!(here.export("csv", &["--stock"]).await, first);
    let then = here.export("csv", &["--stock", "--at", &position]).await;
    assert_eq!(then, first);
}
