//! The same rows in every format, and files that are whole or not there.

use std::path::Path;

use arrow_array::{Array, RecordBatch, cast::AsArray, types::Int64Type};
use futures::TryStreamExt;
use jetstream_es::SubjectFilter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use replay::{ExportRequest, FilterText, Format, Manifest, ReplayError, export};
use serde_json::{Value, json};

use crate::forged::{Forged, commit, schemas, subject};

async fn history(forged: &Forged) {
    for number in 0..30 {
        forged
            .add(&format!("a{}", number % 3), number / 3 + 1, &json!(number))
            .await;
    }
    let noted = |note: Value| ("Noted", json!({ "type": "Noted", "note": note }));
    let events = [
        noted(json!({ "text": "a,b\n\"c\"", "tags": ["x", "y"] })),
        noted(Value::Null),
        ("Closed", json!({ "type": "Closed" })),
    ];
    forged.put(&subject("n"), commit(1, &events)).await;
    forged
        .put(
            &subject("s"),
            commit(1, &[("Stolen", json!({ "type": "Stolen", "who": [1] }))]),
        )
        .await;
    forged.put(&subject("d"), "nonsense".to_owned()).await;
}

async fn exported(forged: &Forged, format: Format, into: &Path) -> Result<Manifest, ReplayError> {
    let request = ExportRequest {
        filter: FilterText::default(),
        format,
        into: into.to_owned(),
        max_bytes: u64::MAX,
    };
    export(&forged.log, schemas(), request, |_| {}).await
}

fn parquet(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    reader.build().unwrap().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_has_every_row() {
    let forged = Forged::start().await;
    history(&forged).await;
    let folder = tempfile::tempdir().unwrap();
    let lines = folder.path().join("events.ndjson");
    assert_eq!(
        exported(&forged, Format::Ndjson, &lines)
            .await
            .unwrap()
            .rows,
        35
    );
    let text = std::fs::read_to_string(&lines).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 35);

    let table = folder.path().join("events.csv");
    assert_eq!(
        exported(&forged, Format::Csv, &table).await.unwrap().rows,
        35
    );
    let mut reader = csv::Reader::from_path(&table).unwrap();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 35);
    for (record, row) in records.iter().zip(&rows) {
        assert_eq!(record[0], *row["position"].as_str().unwrap());
        assert_eq!(
            serde_json::from_str::<Value>(&record[14]).unwrap(),
            row["data"]
        );
    }

    let parts = folder.path().join("events");
    let manifest = exported(&forged, Format::Parquet, &parts).await.unwrap();
    let written: Manifest =
        serde_json::from_slice(&std::fs::read(parts.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(written, manifest);
    let mut found = 0;
    for file in &manifest.files {
        let batches = parquet(&parts.join(&file.path));
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(rows as u64, file.rows, "{}", file.path);
        found += rows;
    }
    assert_eq!((found, manifest.rows), (35, 35));
    let exists = exported(&forged, Format::Parquet, &parts).await;
    assert!(matches!(exists, Err(ReplayError::Exists(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_have_the_types_and_values_of_the_events() {
    let forged = Forged::start().await;
    history(&forged).await;
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("events");
    exported(&forged, Format::Parquet, &parts).await.unwrap();
    let added = &parquet(&parts.join("type=Added/day=2026-07-31/part-0.parquet"))[0];
    let amounts = added
        .column_by_name("data_amount")
        .unwrap()
        .as_primitive::<Int64Type>();
    assert_eq!(amounts.values().as_ref(), (0..30).collect::<Vec<i64>>());
    let noted = &parquet(&parts.join("type=Noted/day=2026-07-31/part-0.parquet"))[0];
    let texts = noted
        .column_by_name("data_note_text")
        .unwrap()
        .as_string::<i32>();
    assert_eq!((texts.value(0), texts.is_null(1)), ("a,b\n\"c\"", true));
    let tags = noted
        .column_by_name("data_note_tags")
        .unwrap()
        .as_list::<i32>();
    assert_eq!((tags.value(0).len(), tags.is_null(1)), (2, true));
    let closed = &parquet(&parts.join("type=Closed/day=2026-07-31/part-0.parquet"))[0];
    assert!(
        closed
            .schema()
            .fields()
            .iter()
            .all(|field| !field.name().starts_with("data"))
    );
    // What no schema knows is kept as it is.
    let stolen = &parquet(&parts.join("type=Stolen/day=2026-07-31/part-0.parquet"))[0];
    let data = stolen.column_by_name("data").unwrap().as_string::<i32>();
    assert_eq!(
        serde_json::from_str::<Value>(data.value(0)).unwrap()["who"],
        json!([1])
    );
    assert!(parts.join("type=malformed").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_fails_leaves_nothing() {
    let forged = Forged::start().await;
    forged.add("a", 1, &json!("five")).await;
    let folder = tempfile::tempdir().unwrap();
    let failed = exported(&forged, Format::Parquet, &folder.path().join("events")).await;
    assert!(failed.is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_ends_where_the_log_ended_and_leaves_out_what_the_filter_does_not_want() {
    let forged = Forged::start().await;
    history(&forged).await;
    let newest = forged.log.last_sequence().await.unwrap();
    let all: Vec<_> = forged
        .log
        .replay(0, newest, SubjectFilter::all())
        .try_collect()
        .await
        .unwrap();
    let sequences: Vec<u64> = all.iter().map(|commit| commit.position.sequence).collect();
    assert_eq!(sequences, (1..=newest).collect::<Vec<u64>>());
    let one = SubjectFilter::aggregate("bank.account", "a1");
    let some: Vec<_> = forged
        .log
        .replay(3, 20, one.clone())
        .try_collect()
        .await
        .unwrap();
    let sequences: Vec<u64> = some.iter().map(|commit| commit.position.sequence).collect();
    assert_eq!(sequences, [5, 8, 11, 14, 17, 20]);
    let type_of_all = SubjectFilter::aggregate_type("bank.account");
    let most =
        SubjectFilter::any_of(&[one.clone(), SubjectFilter::aggregate("bank.account", "a2")]);
    for filter in [type_of_all, most] {
        for (after, through) in [(0, newest), (3, 20), (4, 19), (newest - 1, newest)] {
            let replay = forged.log.replay(after, through, filter.clone());
            let commits: Vec<_> = replay.try_collect().await.unwrap();
            let found = commits.iter().map(|commit| commit.position.sequence);
            let wanted = all.iter().filter(|commit| filter.matches(commit));
            let wanted = wanted.map(|commit| commit.position.sequence);
            let wanted = wanted.filter(|sequence| (after + 1..=through).contains(sequence));
            assert!(
                found.eq(wanted),
                "{filter:?} after {after} through {through}"
            );
        }
    }
    let none = SubjectFilter::aggregate("bank.account", "nobody");
    let none: Vec<_> = forged
        .log
        .replay(0, newest, none)
        .try_collect()
        .await
        .unwrap();
    assert!(none.is_empty());
    let beyond: Result<Vec<_>, _> = forged.log.replay(0, newest + 1, one).try_collect().await;
    assert!(beyond.is_err());
}
