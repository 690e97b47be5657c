//! A view of a long log is built anew while shoppers read: events a second against the raw stream read, and what the readers saw.

mod readers;

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use tokio::time::sleep;

use self::readers::{Readers, Reads};
use crate::{
    http::{Connection, request},
    raw_read::raw_read,
    report::{Report, Row, Wanted, say},
    seed,
    stand::{Drape, Settings, Stand, WHOLE, prefix},
};

const LOG: &str = "REBUILD";
/// Events of one garment.
const EACH: u64 = 10;
const PATIENCE: Duration = Duration::from_mins(8);

/// `ops/bench/rebuild`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Events in the log.
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    /// A million of them.
    #[arg(long)]
    full: bool,
    /// Reads a second meanwhile.
    #[arg(long, default_value_t = 200)]
    reads: u64,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("rebuild");
    let events = if options.full {
        1_000_000
    } else {
        options.events
    };
    let stand = Stand::start(1).await?;
    // The archive has done its part of such a log long ago.
    let settings = Settings {
        archive: false,
        ..WHOLE
    };
    let drape = stand.drape(LOG, &settings).await?;
    say(&format!("writing {events} events"));
    let added = seed::example("GarmentAdded")?;
    seed::fill(
        &stand.client().await?,
        &prefix(LOG),
        seed::garments(events, EACH, &added),
    )
    .await?;
    drape.caught_up(PATIENCE).await?;

    let alone = raw_read(&stand, LOG, events).await?;
    let readers = Readers::start(&drape.address, options.reads).await?;
    let mut rows = vec![];
    let mut reads = vec![];
    say("reading the stream");
    let raw = raw_read(&stand, LOG, events).await?;
    reads.push(("the raw read", readers.take()));
    rows.push(row("raw stream read, nobody reads", alone, raw));
    rows.push(row("raw stream read", raw, raw));
    for view in ["garment_card", "garment_page"] {
        say(&format!("building {view} anew"));
        let rate = rebuild(&drape, view, events).await?;
        reads.push((view, readers.take()));
        rows.push(row(view, rate, raw));
        report.goal(
            format!("rebuild of {view}, events a second"),
            Wanted::AtLeast(50_000.0),
            rate,
        );
        report.goal(
            format!("rebuild of {view} to raw"),
            Wanted::AtLeast(0.5),
            rate / raw,
        );
    }
    readers.stop().await?;
    let failed: u64 = reads.iter().map(|(_, of)| of.failed).sum();
    report.goal(
        "reads that failed meanwhile",
        Wanted::AtMost(0.0),
        failed as f64,
    );
    report.table(
        format!(
            "{events} events while {} reads a second are served",
            options.reads
        ),
        rows,
    );
    let rows = reads
        .iter()
        .map(|(during, reads)| row_of_reads(during, reads));
    report.table("What the readers saw meanwhile", rows.collect());
    report.end()
}

fn row(what: &str, rate: f64, raw: f64) -> Row {
    vec![
        ("what", json!(what)),
        ("events/s", json!(rate)),
        ("to raw", json!(rate / raw)),
    ]
}

fn row_of_reads(during: &str, reads: &Reads) -> Row {
    vec![
        ("during", json!(during)),
        ("answered", json!(reads.micros.len())),
        ("failed", json!(reads.failed)),
        ("p50 ms", json!(reads.millis_at(0.5))),
        ("p99 ms", json!(reads.millis_at(0.99))),
    ]
}

/// Asks for it as an admin, and answers how many events a second it took until the new rows were the ones that are read.
async fn rebuild(drape: &Drape, view: &str, events: u64) -> anyhow::Result<f64> {
    let mut connection = Connection::open(&drape.address).await?;
    let path = format!("/v1/admin/projections/{view}/rebuild");
    let began = Instant::now();
    let answer = connection.send(&request("POST", &path, &[], "")).await?;
    answer.expect(202)?;
    loop {
        let found = drape.projections().await?;
        let all = found["items"].as_array().context("no projections")?;
        let one = all
            .iter()
            .find(|one| one["view"] == view)
            .context("no such view")?;
        let of = &one["rebuild"];
        match of["state"].as_str() {
            Some("done") => break,
            Some("requested" | "building") if began.elapsed() < PATIENCE => {}
            _ => bail!("the rebuild came to {of}"),
        }
        sleep(Duration::from_millis(20)).await;
    }
    let rate = events as f64 / began.elapsed().as_secs_f64();
    Ok(rate)
}
