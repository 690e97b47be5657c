//! `drape events` as analysts use it, and the libraries that they open its files with.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use domain::{
    catalog::garment::{AddGarment, ChangePrice, Garment, GarmentDetails, RetireGarment},
    shared::{Currency, Money},
};
use e2e::LogAlone;
use jetstream_es::{Clock, CommandContext, Executor};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// Six hours between two commits, so that a history has days.
const BEGIN: OffsetDateTime = datetime!(2026-07-31 09:00:00.123456 UTC);
const GARMENTS: u32 = 4;
const CHANGES: u32 = 5;

struct Recorded(LogAlone);

impl Recorded {
    async fn start() -> Self {
        Self(LogAlone::start().await.unwrap())
    }

    /// Garments that are added, priced anew, and retired.
    async fn fill(&self) {
        let hours = Arc::new(AtomicI64::new(0));
        let clock =
            Clock::new(move || BEGIN + Duration::hours(6 * hours.fetch_add(1, Ordering::Relaxed)));
        let executor = Executor::<Garment>::new(self.0.log.with_clock(clock), ());
        let price = |minor| Money {
            minor,
            currency: Currency::EUR,
        };
        for number in 0..GARMENTS {
            let id = Uuid::from_u128(u128::from(number) + 1).to_string();
            let context = |key: String| CommandContext::new(format!("{id}-{key}")).with_actor("mo");
            let add = AddGarment {
                details: GarmentDetails::sample(),
                price: price(1),
            };
            executor
                .execute(&id, add.into(), context("add".to_owned()))
                .await
                .unwrap();
            for change in 0..CHANGES {
                let price = price(100 * (number + 1) + change);
                let command = ChangePrice { price };
                executor
                    .execute(&id, command.into(), context(change.to_string()))
                    .await
                    .unwrap();
            }
        }
        let id = Uuid::from_u128(1).to_string();
        let retire = RetireGarment {};
        executor
            .execute(&id, retire.into(), CommandContext::new("retire"))
            .await
            .unwrap();
    }

    /// Runs `drape events …`; its output when it succeeds, else an error with its output.
    async fn events(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let arguments: Vec<&str> = std::iter::once("events")
            .chain(arguments.iter().copied())
            .collect();
        self.0.drape(&arguments).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }
}

/// What each library saw in the folder.
fn read(folder: &Path) -> Value {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = here.join("../.drape/readers/bin/python");
    assert!(python.exists(), "run `ops/install --test` first");
    let read = Command::new(python)
        .arg(here.join("tests/read_export.py"))
        .arg(folder)
        .output()
        .unwrap();
    let (out, complaint) = (
        String::from_utf8_lossy(&read.stdout),
        String::from_utf8_lossy(&read.stderr),
    );
    assert!(read.status.success(), "{complaint}");
    serde_json::from_str(&out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_pandas_and_polars_agree_on_counts_and_values() {
    let log = Recorded::start().await;
    log.fill().await;
    let folder = log.path("parquet");
    let into = folder.to_str().unwrap();
    log.events(&["export", "--format", "parquet", "--into", into])
        .await
        .unwrap();
    let manifest = std::fs::read(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["rows"], GARMENTS * (1 + CHANGES) + 1);
    let prices: Vec<u32> = (1..=GARMENTS)
        .flat_map(|garment| (0..CHANGES).map(move |change| 100 * garment + change))
        .collect();
    // Commit 2 is the first change of a price.
    let commits = i64::from(GARMENTS * (1 + CHANGES));
    let mut days: Vec<String> = (0..commits)
        .filter(|number| number % i64::from(1 + CHANGES) != 0)
        .map(|number| (BEGIN + Duration::hours(6 * number)).date().to_string())
        .collect();
    days.dedup();
    let read = read(&folder);
    for (library, kind) in [
        ("duckdb", "UINTEGER"),
        ("pandas", "uint32"),
        ("polars", "UInt32"),
    ] {
        let saw = &read[library];
        let wanted = json!({
            "counts": { "GarmentAdded": GARMENTS, "PriceChanged": GARMENTS * CHANGES, "GarmentRetired": 1 },
            "days": days,
            "prices": prices,
            "currency": "EUR",
            "sizes": ["S", "M", "L"],
            "time": "2026-07-31T15:00:00.123456",
            "kind": kind,
        });
        assert_eq!(saw, &wanted, "{library}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_counts_filters_and_exports() {
    let log = Recorded::start().await;
    assert_eq!(log.events(&["count"]).await.unwrap(), "0\n");
    log.fill().await;
    assert_eq!(log.events(&["count"]).await.unwrap(), "25\n");
    assert_eq!(
        log.events(&["count", "--type", "PriceChanged"])
            .await
            .unwrap(),
        "20\n"
    );
    assert_eq!(
        log.events(&["count", "--actor", "mo", "--limit", "7"])
            .await
            .unwrap(),
        "7\n"
    );
    assert_eq!(
        log.events(&["count", "--as-of", "2026-07-31T21:00:00.123456Z"])
            .await
            .unwrap(),
        "3\n"
    );
    let by_type = log.events(&["count", "--by-type"]).await.unwrap();
    assert!(
        by_type.contains("           1 GarmentRetired\n"),
        "{by_type}"
    );
    let at = log.0.log.position(3).to_string();
    assert_eq!(log.events(&["count", "--as-of", &at]).await.unwrap(), "3\n");
    let lines = log.path("events.ndjson");
    log.events(&["export", "--into", lines.to_str().unwrap()])
        .await
        .unwrap();
    let lines = std::fs::read_to_string(lines).unwrap();
    assert_eq!(lines.lines().count(), 25);
    let tail = log
        .events(&["tail", "--after", &at, "--limit", "22"])
        .await
        .unwrap();
    let rest: Vec<&str> = lines.lines().skip(3).collect();
    assert_eq!(tail.lines().collect::<Vec<_>>(), rest);
    let wrong = log.events(&["count", "--after", "17"]).await.unwrap_err();
    assert!(
        wrong.to_string().contains("after: write a position"),
        "{wrong}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_ends_with_a_failure_when_something_is_wrong() {
    let log = Recorded::start().await;
    log.fill().await;
    let good = log.events(&["verify"]).await.unwrap();
    assert!(
        good.contains("25 commits with 25 events of 4 aggregates"),
        "{good}"
    );
    let context = async_nats::jetstream::new(log.0.server.client().await.unwrap());
    let subject = format!("drape.events.catalog.garment.{}", Uuid::from_u128(1));
    let body = json!({ "v": 1, "from_version": 9, "events": [
        { "type": "PriceChanged", "version": "1", "data": { "type": "PriceChanged", "price": { "minor": -1, "currency": "EUR" } } }
    ] });
    let published = context.publish(subject, body.to_string().into());
    published.await.unwrap().await.unwrap();
    let bad = log.events(&["verify"]).await.unwrap_err().to_string();
    for problem in [
        "names no command",
        "version 9 stands where 8 should",
        "PriceChanged v1: /price/minor",
    ] {
        assert!(bad.contains(problem), "{problem}: {bad}");
    }
    assert!(bad.contains("exit status: 1"), "{bad}");
}
