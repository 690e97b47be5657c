//! How fast a replay is against the raw stream, and how much memory it takes. Prints a table.
//! `EVENTS=1000000 cargo nextest run --workspace --run-ignored only --no-capture -E 'test(measure_replay)'`

use std::{
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use async_nats::jetstream::consumer::{AckPolicy, pull};
use futures::StreamExt;
use jetstream_es::SubjectFilter;
use replay::{ExportRequest, FilterText, Format, export, verify};
use serde_json::json;

use crate::forged::{Forged, commit, headers, schemas, subject};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement prints, and is told how much"
)]
async fn measure_replay() {
    let count = std::env::var("EVENTS").map_or(200_000, |text| text.parse().unwrap());
    let forged = Forged::start_with(false).await;
    fill(&forged, count).await;
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::new();
    let raw = rate(count, raw(&forged, count).await);
    for round in 0..2 {
        let raw = rate(count, self::raw(&forged, count).await).max(raw);
        let mut line = |name: &str, took: Duration, bytes: u64| {
            let rate = rate(count, took);
            let (ratio, memory) = (rate / raw, memory_peak_mib());
            let mib = bytes >> 20;
            writeln!(table, "{round} {name:<22} {rate:>9.0}/s {ratio:>6.2} of raw {mib:>6} MiB, peak {memory} MiB").unwrap();
        };
        line(
            "raw ordered pull",
            Duration::from_secs_f64(f64::from(u32::try_from(count).unwrap()) / raw),
            0,
        );
        line("commits", commits(&forged).await, 0);
        for format in [Format::Ndjson, Format::Csv, Format::Parquet] {
            let into = folder.path().join(format!("{format}-{round}"));
            let (took, bytes) = exported(&forged, format, &into).await;
            line(format.as_str(), took, bytes);
        }
        let began = Instant::now();
        verify(&forged.log, schemas(), |_| {}).await.unwrap();
        line("verify", began.elapsed(), 0);
    }
    println!("{count} events\n{table}");
}

fn rate(count: u64, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64()
}

/// High-water mark of this process, which holds no server.
fn memory_peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        >> 10
}

async fn fill(forged: &Forged, count: u64) {
    let mut waiting = Vec::new();
    for number in 0..count {
        let (id, version) = (
            subject(&format!("account-{}", number % 1_000)),
            number / 1_000 + 1,
        );
        let data = json!({ "type": "Added", "amount": number, "comment": "x".repeat(200) });
        let body = commit(version, &[("Added", data)]);
        let headers = headers(&id, &body, "2026-07-31T12:00:00.123456789Z");
        waiting.push(
            forged
                .context
                .publish_with_headers(id, headers, body.into())
                .await
                .unwrap(),
        );
        if waiting.len() == 500 {
            for acknowledged in waiting.drain(..) {
                acknowledged.await.unwrap();
            }
        }
    }
    for acknowledged in waiting {
        acknowledged.await.unwrap();
    }
}

/// The same stream through the client alone: nothing is looked at.
async fn raw(forged: &Forged, count: u64) -> Duration {
    let config = pull::Config {
        ack_policy: AckPolicy::None,
        memory_storage: true,
        ..pull::Config::default()
    };
    let consumer = forged
        .context
        .create_consumer_on_stream(config, "TEST_EVENTS")
        .await
        .unwrap();
    let began = Instant::now();
    let pull = consumer
        .stream()
        .max_messages_per_batch(4_096)
        .messages()
        .await
        .unwrap();
    let messages = pull.take(usize::try_from(count).unwrap());
    let read = messages
        .fold(0, |sum, message| async move {
            sum + message.unwrap().payload.len()
        })
        .await;
    assert!(read > 0);
    began.elapsed()
}

async fn commits(forged: &Forged) -> Duration {
    let newest = forged.log.last_sequence().await.unwrap();
    let began = Instant::now();
    let commits = forged.log.replay(0, newest, SubjectFilter::all());
    let read = commits
        .fold(0, |sum, commit| async move {
            sum + commit.unwrap().events.len()
        })
        .await;
    assert_eq!(read as u64, newest);
    began.elapsed()
}

async fn exported(forged: &Forged, format: Format, into: &Path) -> (Duration, u64) {
    let request = ExportRequest {
        filter: FilterText::default(),
        format,
        into: into.to_owned(),
        max_bytes: u64::MAX,
    };
    let began = Instant::now();
    let manifest = export(&forged.log, schemas(), request, |_| {})
        .await
        .unwrap();
    (
        began.elapsed(),
        manifest.files.iter().map(|file| file.bytes).sum(),
    )
}
