//! Events a second out of the log: as commits, NDJSON, CSV and Parquet, and through the check, against the raw stream read.

use std::time::Instant;

use clap::Args;
use futures::StreamExt;
use jetstream_es::{EventLog, SubjectFilter};
use replay::{ExportRequest, FilterText, Format, export, verify};
use serde_json::json;

use crate::{
    closed_loop::median,
    memory,
    raw_read::raw_read,
    report::{Report, Row, Wanted, say},
    seed,
    stand::{Stand, prefix},
};

const LOG: &str = "REPLAY";
/// Events of one garment.
const EACH: u64 = 10;

/// `ops/bench/replay`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Events in the log.
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    /// A million of them.
    #[arg(long)]
    full: bool,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// What is done with the events.
#[derive(Debug, Clone, Copy)]
enum Way {
    Raw,
    Commits,
    Export(Format),
    Verify,
}

const WAYS: [(&str, Way); 6] = [
    ("raw stream read", Way::Raw),
    ("commits", Way::Commits),
    ("NDJSON", Way::Export(Format::Ndjson)),
    ("CSV", Way::Export(Format::Csv)),
    ("Parquet", Way::Export(Format::Parquet)),
    ("check of the whole log", Way::Verify),
];

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("replay");
    let events = if options.full {
        1_000_000
    } else {
        options.events
    };
    let stand = Stand::start(1).await?;
    let log = stand.log(LOG).await?;
    say(&format!("writing {events} events"));
    let added = seed::example("GarmentAdded")?;
    seed::fill(
        &stand.client().await?,
        &prefix(LOG),
        seed::garments(events, EACH, &added),
    )
    .await?;
    let mut rates = WAYS.map(|_| Vec::new());
    for round in 1..=options.rounds {
        for ((name, way), rates) in WAYS.iter().zip(&mut rates) {
            say(&format!("round {round} of {}: {name}", options.rounds));
            rates.push(rate(&stand, &log, *way, events).await?);
        }
    }
    let raw = median(&rates[0]);
    let mut rows: Vec<Row> = vec![];
    for ((name, way), rates) in WAYS.iter().zip(&rates) {
        let rate = median(rates);
        rows.push(vec![
            ("events", json!(name)),
            ("per second", json!(rate)),
            ("to raw", json!(rate / raw)),
        ]);
        if matches!(way, Way::Export(Format::Ndjson | Format::Parquet)) {
            report.goal(format!("{name} to raw"), Wanted::AtLeast(0.5), rate / raw);
        }
    }
    report.table(
        format!(
            "Reading {events} events, {} rounds; memory peak {} MiB",
            options.rounds,
            memory::own_peak_mib()
        ),
        rows,
    );
    report.end()
}

async fn rate(stand: &Stand, log: &EventLog, way: Way, events: u64) -> anyhow::Result<f64> {
    let began = Instant::now();
    match way {
        Way::Raw => return raw_read(stand, LOG, events).await,
        Way::Commits => {
            let mut commits = std::pin::pin!(log.replay(0, events, SubjectFilter::all()));
            let mut read = 0;
            while let Some(commit) = commits.next().await {
                read += commit?.events.len() as u64;
            }
            anyhow::ensure!(read == events, "read {read} of {events} events");
        }
        Way::Export(format) => {
            let into = stand.folder(format.as_str());
            let request = ExportRequest {
                filter: FilterText::default(),
                format,
                into: into.clone(),
                max_bytes: u64::MAX,
            };
            let manifest = export(log, query_api::event_schemas()?, request, |_| {}).await?;
            anyhow::ensure!(
                manifest.rows == events,
                "wrote {} of {events} events",
                manifest.rows
            );
            let took = began.elapsed();
            if into.is_dir() {
                std::fs::remove_dir_all(into)?;
            } else {
                std::fs::remove_file(into)?;
            }
            return Ok(events as f64 / took.as_secs_f64());
        }
        Way::Verify => {
            verify(log, query_api::event_schemas()?, |_| {}).await?;
        }
    }
    Ok(events as f64 / began.elapsed().as_secs_f64())
}
