//! What a log of many aggregates takes: memory and disk of nats-server while it is written, and after a start.

use std::{path::Path, time::Instant};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};
use testkit::NatsServer;

use crate::{
    memory,
    report::{Report, Row, Wanted, say},
    seed,
    stand::{Stand, fresh_id, prefix},
};

const LOG: &str = "CAPACITY";
const MIB: f64 = 1_048_576.0;

/// `ops/bench/capacity`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Aggregates in the log, each with one event.
    #[arg(long, default_value_t = 200_000)]
    aggregates: u64,
    /// A million of them.
    #[arg(long)]
    full: bool,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("capacity");
    let aggregates = if options.full {
        1_000_000
    } else {
        options.aggregates
    };
    let mut stand = Stand::start(1).await?;
    let log = stand.log(LOG).await?;
    let mut rows = vec![row("an empty log", stand.nats()?, 0, None)?];
    say(&format!("writing {aggregates} aggregates"));
    let added = seed::example("GarmentAdded")?;
    let seeds = (0..aggregates).map(|_| seed::garment(fresh_id(), 1, &added));
    seed::fill(&stand.client().await?, &prefix(LOG), seeds).await?;
    ensure!(
        log.last_sequence().await? == aggregates,
        "the log has another length"
    );
    rows.push(row("just written", stand.nats()?, aggregates, None)?);
    say("starting nats-server again");
    let began = Instant::now();
    stand.nats()?.kill9()?;
    stand.nats()?.restart().await?;
    let log = stand.log(LOG).await?;
    ensure!(
        log.last_sequence().await? == aggregates,
        "the log has another length"
    );
    let took = began.elapsed().as_secs_f64();
    rows.push(row(
        "killed and started again",
        stand.nats()?,
        aggregates,
        Some(took),
    )?);
    let most = rows.iter().filter_map(|row| row.get(1)?.1.as_f64());
    let most = most.fold(0.0, f64::max);
    report.table(format!("{aggregates} aggregates of one event"), rows);
    if options.full {
        report.goal("memory of nats-server, MiB", Wanted::AtMost(600.0), most);
    }
    report.end()
}

/// Memory is what the process holds now, disk what its store takes.
fn row(
    when: &str,
    server: &NatsServer,
    aggregates: u64,
    start: Option<f64>,
) -> anyhow::Result<Row> {
    let pid = server.pid().context("nats-server does not run")?;
    let memory = memory::of_process(pid).context("nobody knows what nats-server takes")? as f64;
    let disk = size_of(&server.store_directory())? as f64;
    let each = |bytes: f64| match aggregates {
        0 => Value::Null,
        aggregates => json!(bytes / aggregates as f64),
    };
    Ok(vec![
        ("when", json!(when)),
        ("memory MiB", json!(memory / MIB)),
        ("bytes of memory each", each(memory)),
        ("disk MiB", json!(disk / MIB)),
        ("bytes of disk each", each(disk)),
        (
            "start s",
            start.map_or(Value::Null, |seconds| json!(seconds)),
        ),
    ])
}

fn size_of(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // Files come and go while the server works.
        let Ok(about) = entry.metadata() else {
            continue;
        };
        bytes += if about.is_dir() {
            size_of(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(bytes)
}
