//! How long it takes until an aggregate is there, by the length of its history: read from the log (cold), with a snapshot, and
//! known to this process already (warm), when only the log has to be asked whether anything came after.

use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};

use anyhow::ensure;
use clap::Args;
use domain::{
    catalog::garment::{ChangePrice, Garment},
    shared::{Currency, Money},
};
use jetstream_es::{CommandContext, EventLog, Executor, ExecutorOptions, SnapshotOptions};
use serde_json::json;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    closed_loop::{at, in_micros},
    report::{Report, Row, Wanted, say},
    seed::{self, Seed},
    stand::{Stand, prefix},
};

const LOG: &str = "LOAD";
/// Lengths of histories, in events.
const LENGTHS: [u64; 4] = [1, 10, 100, 1_000];
/// Aggregates of each length.
const SAMPLES: u64 = 10;
/// How often each of them is loaded.
const LOADS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// `ops/bench/load`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Events of other aggregates in the same log.
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// A million of them.
    #[arg(long)]
    full: bool,
}

/// Where the events of an aggregate lie in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// One behind the other, at its end.
    Together,
    /// All over it: each may lie in another block of the disk.
    Spread,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("load");
    let background = if options.full {
        1_000_000
    } else {
        options.events
    };
    let stand = Stand::start(1).await?;
    let log = stand.log(LOG).await?;
    let seeds = seeds(background)?;
    say(&format!("writing {} events", seeds.len()));
    let events = seed::fill(&stand.client().await?, &prefix(LOG), seeds).await?;
    let mut rows = vec![];
    for place in [Place::Together, Place::Spread] {
        for length in LENGTHS {
            let measured = measure(&log, place, length).await?;
            if place == Place::Spread && length == 100 {
                let reached = at(&measured.warm, 0.5) as f64;
                report.goal(
                    "warm load of 100 events, p50 in µs",
                    Wanted::AtMost(200.0),
                    reached,
                );
            }
            rows.push(measured.row(place, length));
        }
    }
    report.table(
        format!(
            "Loading an aggregate, in µs, {events} events in the log ({SAMPLES} aggregates of each length, {LOADS} times)"
        ),
        rows,
    );
    report.end()
}

/// All events in the order of the log: those that are loaded among those of others.
fn seeds(background: u64) -> anyhow::Result<Vec<Seed>> {
    let added = seed::example("GarmentAdded")?;
    let mut placed: Vec<(f64, Seed)> = seed::garments(background, 10, &added)
        .zip(0_u32..)
        .map(|(seed, number)| (f64::from(number) / background as f64, seed))
        .collect();
    for length in LENGTHS {
        for sample in 0..SAMPLES {
            for version in 1..=length {
                let spread = seed::garment(id(Place::Spread, length, sample), version, &added);
                let share = (version as f64 - 0.5 + sample as f64 / 100.0) / length as f64;
                placed.push((share, spread));
                let together = seed::garment(id(Place::Together, length, sample), version, &added);
                // The sort below keeps the order of equals.
                placed.push((2.0, together));
            }
        }
    }
    placed.sort_by(|one, other| one.0.total_cmp(&other.0));
    Ok(placed.into_iter().map(|(_, seed)| seed).collect())
}

fn id(place: Place, length: u64, sample: u64) -> Uuid {
    let high: u128 = match place {
        Place::Together => 1,
        Place::Spread => 2,
    };
    Uuid::from_u128(high << 120 | u128::from(length) << 64 | u128::from(sample))
}

#[derive(Default)]
struct Measured {
    cold: Vec<u64>,
    snapshot: Vec<u64>,
    warm: Vec<u64>,
    command: Vec<u64>,
}

impl Measured {
    fn row(&self, place: Place, length: u64) -> Row {
        let place = match place {
            Place::Together => "together",
            Place::Spread => "spread",
        };
        vec![
            ("events", json!(place)),
            ("of each", json!(length)),
            ("cold p50", json!(at(&self.cold, 0.5))),
            ("cold p99", json!(at(&self.cold, 0.99))),
            ("snapshot p50", json!(at(&self.snapshot, 0.5))),
            ("snapshot p99", json!(at(&self.snapshot, 0.99))),
            ("warm p50", json!(at(&self.warm, 0.5))),
            ("warm p99", json!(at(&self.warm, 0.99))),
            ("command, warm p50", json!(at(&self.command, 0.5))),
            ("command, warm p99", json!(at(&self.command, 0.99))),
        ]
    }
}

async fn measure(log: &EventLog, place: Place, length: u64) -> anyhow::Result<Measured> {
    let mut found = Measured::default();
    let known = Executor::<Garment>::new(log.clone(), ());
    let options = ExecutorOptions {
        snapshots: Some(SnapshotOptions {
            every: NonZeroU64::MIN,
            schema: "bench",
        }),
        ..ExecutorOptions::default()
    };
    for sample in 0..SAMPLES {
        let id = id(place, length, sample).to_string();
        for _ in 0..LOADS {
            let fresh = Executor::<Garment>::new(log.clone(), ());
            found.cold.push(load(&fresh, &id, length).await?);
        }
        load(&known, &id, length).await?;
        for _ in 0..LOADS {
            found.warm.push(load(&known, &id, length).await?);
        }
        let mut version = length;
        for _ in 0..LOADS {
            version += 1;
            found
                .command
                .push(change_price(&known, &id, version).await?);
        }
        // The first command with snapshots on stores one.
        let saving = Executor::<Garment>::with_options(log.clone(), (), options);
        version += 1;
        change_price(&saving, &id, version).await?;
        for _ in 0..LOADS {
            let fresh = Executor::<Garment>::with_options(log.clone(), (), options);
            found.snapshot.push(load(&fresh, &id, version).await?);
        }
    }
    Ok(found)
}

/// Loads it, makes sure that it is whole, and answers how long that took.
async fn load(executor: &Executor<Garment>, id: &str, version: u64) -> anyhow::Result<u64> {
    let began = Instant::now();
    let loaded = timeout(PATIENCE, executor.load(id)).await??;
    let took = in_micros(began.elapsed());
    ensure!(
        loaded.version == version,
        "{id} has {} events instead of {version}",
        loaded.version
    );
    Ok(took)
}

async fn change_price(executor: &Executor<Garment>, id: &str, version: u64) -> anyhow::Result<u64> {
    let price = Money {
        minor: u32::try_from(version)? + 500_000,
        currency: Currency::EUR,
    };
    let context = CommandContext::new(format!("price-{version}"));
    let began = Instant::now();
    let done = executor.execute(id, ChangePrice { price }.into(), context);
    let outcome = timeout(PATIENCE, done).await??;
    let took = in_micros(began.elapsed());
    ensure!(
        outcome.written && outcome.version == version,
        "{outcome:?} instead of {version}"
    );
    Ok(took)
}
