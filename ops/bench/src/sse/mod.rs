//! Live streams: what an idle one takes of memory, how long until the last of many hears of an event, and what telling one costs; ours
//! against a broadcaster on Node and nginx with nchan, one after the other, with the same message.

mod broadcasters;
mod listeners;

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};
use tokio::time::sleep;

use self::{
    broadcasters::{Broadcaster, Kind, Message},
    listeners::Listeners,
};
use crate::{
    closed_loop::{at, in_micros, median},
    open_files,
    report::{Report, Row, Wanted, say},
    stand::Stand,
};

const PATIENCE: Duration = Duration::from_mins(1);
/// What a server needs to come to rest before its memory is looked at.
const SETTLES: Duration = Duration::from_secs(2);
/// Between two events.
const PAUSE: Duration = Duration::from_millis(200);
/// Streams and events beforehand, so that what a server makes once is there.
const FIRST_STREAMS: usize = 50;
const FIRST_BROADCASTS: usize = 20;
/// Files that a process needs beside its streams.
const OTHER_FILES: usize = 300;

/// `ops/bench/sse`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Streams that are open at the same time.
    #[arg(long, default_value_t = 15_000)]
    streams: usize,
    /// Events that all of them are told.
    #[arg(long, default_value_t = 20)]
    broadcasts: usize,
    /// Rounds, each with servers of its own; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// What the rounds of one server came to.
#[derive(Default)]
struct Found {
    idle_kib: Vec<f64>,
    after_kib: Vec<f64>,
    taken_ms: Vec<f64>,
    first_ms: Vec<f64>,
    median_ms: Vec<f64>,
    last_ms: Vec<f64>,
    cpu_us: Vec<f64>,
    /// Streams that did not hear every event once.
    wrong: usize,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    ensure!(
        options.streams > 0 && options.broadcasts > 0 && options.rounds > 0,
        "nothing to measure"
    );
    open_files::allow(u64::try_from(options.streams + OTHER_FILES)?).await?;
    let mut report = Report::begin("sse");
    let stand = Stand::start(1).await?;
    let kinds = Kind::all().into_iter();
    let mut found: Vec<_> = kinds.map(|kind| (kind, Found::default())).collect();
    let mut message = None;
    for round in 1..=options.rounds {
        for (kind, found) in &mut found {
            say(&format!(
                "round {round} of {}: {}",
                options.rounds,
                kind.name()
            ));
            let mut broadcaster = Broadcaster::start(*kind, &stand, options.streams, round).await?;
            if *kind == Kind::Drape {
                message = Some(broadcaster.sample().await?);
            }
            let message = message.as_ref().context("ours is the first")?;
            found
                .look(&mut broadcaster, message, &options)
                .await
                .with_context(|| format!("{} failed", kind.name()))?;
        }
    }
    tell(&mut report, &found, &options);
    report.end()
}

impl Found {
    async fn look(
        &mut self,
        broadcaster: &mut Broadcaster,
        message: &Message,
        options: &Options,
    ) -> anyhow::Result<()> {
        let (address, question) = (broadcaster.address().to_owned(), broadcaster.question());
        let mut first = Listeners::open(&address, &question, FIRST_STREAMS).await?;
        sleep(SETTLES).await;
        for _ in 0..FIRST_BROADCASTS {
            broadcast(broadcaster, message, &first, FIRST_STREAMS).await?;
        }
        first.close()?;
        sleep(SETTLES).await;
        let before = broadcaster.memory()?;
        let count = options.streams;
        let mut listeners = Listeners::open(&address, &question, count).await?;
        sleep(SETTLES).await;
        let kib = |bytes: u64| bytes.saturating_sub(before) as f64 / 1_024.0 / count as f64;
        self.idle_kib.push(kib(broadcaster.memory()?));
        let used = broadcaster.cpu();
        let (mut taken, mut first, mut middle, mut last) = (vec![], vec![], vec![], vec![]);
        for _ in 0..options.broadcasts {
            let (acknowledged, times) = broadcast(broadcaster, message, &listeners, count).await?;
            taken.push(acknowledged);
            first.push(at(&times, 0.0) as f64 / 1_000.0);
            middle.push(at(&times, 0.5) as f64 / 1_000.0);
            last.push(at(&times, 1.0) as f64 / 1_000.0);
            sleep(PAUSE).await;
        }
        let used = broadcaster.cpu().saturating_sub(used);
        self.cpu_us
            .push(used as f64 / (count * options.broadcasts) as f64);
        sleep(SETTLES).await;
        self.after_kib.push(kib(broadcaster.memory()?));
        self.taken_ms.push(median(&taken));
        self.first_ms.push(median(&first));
        self.median_ms.push(median(&middle));
        self.last_ms.push(median(&last));
        let wanted = u64::try_from(options.broadcasts)?;
        let heard = listeners.close()?;
        self.wrong += heard.iter().filter(|heard| **heard != wanted).count();
        Ok(())
    }
}

/// One event: when it was acknowledged, in milliseconds after it was sent, and when each of so many heard of it, in microseconds.
async fn broadcast(
    broadcaster: &mut Broadcaster,
    message: &Message,
    listeners: &Listeners,
    count: usize,
) -> anyhow::Result<(f64, Vec<u64>)> {
    let mut publisher = broadcaster.publisher().await?;
    listeners.expect(count);
    let began = Instant::now();
    broadcaster.publish(&mut publisher, message).await?;
    let acknowledged = began.elapsed().as_secs_f64() * 1_000.0;
    let times = listeners.all(PATIENCE).await?;
    let times = times.into_iter().map(|time| in_micros(time - began));
    Ok((acknowledged, times.collect()))
}

fn tell(report: &mut Report, found: &[(Kind, Found)], options: &Options) {
    let of = |kind: Kind| {
        let found = found.iter().find(|(of, _)| *of == kind);
        found.map(|(_, found)| found)
    };
    let node = of(Kind::Node);
    let row = |(kind, found): &(Kind, Found)| -> Row {
        let to_node = |figure: fn(&Found) -> &[f64]| {
            node.map_or(Value::Null, |node| {
                json!(median(figure(found)) / median(figure(node)))
            })
        };
        vec![
            ("who", json!(kind.name())),
            ("KiB a stream, idle", json!(median(&found.idle_kib))),
            ("after events", json!(median(&found.after_kib))),
            ("to Node", to_node(|found| &found.after_kib)),
            ("acknowledged, ms", json!(median(&found.taken_ms))),
            ("first, ms", json!(median(&found.first_ms))),
            ("half, ms", json!(median(&found.median_ms))),
            ("last, ms", json!(median(&found.last_ms))),
            ("last to Node", to_node(|found| &found.last_ms)),
            ("µs CPU a message", json!(median(&found.cpu_us))),
            ("CPU to Node", to_node(|found| &found.cpu_us)),
            ("streams with gaps", json!(found.wrong)),
        ]
    };
    report.table(
        format!(
            "{} streams, {} events, {} rounds; memory of the process only, times from the request that makes an event",
            options.streams, options.broadcasts, options.rounds
        ),
        found.iter().map(row).collect(),
    );
    let Some(ours) = of(Kind::Drape) else {
        return;
    };
    for (kind, found) in found.iter().filter(|(kind, _)| *kind != Kind::Drape) {
        report.goal(
            format!("memory of a stream after events, to {}", kind.name()),
            Wanted::AtMost(1.0),
            median(&ours.after_kib) / median(&found.after_kib),
        );
    }
    if let Some(node) = node {
        report.goal(
            "the last of all hears, to node:http",
            Wanted::AtMost(1.0),
            median(&ours.last_ms) / median(&node.last_ms),
        );
    }
    report.goal(
        "streams that did not hear every event once",
        Wanted::AtMost(0.0),
        ours.wrong as f64,
    );
}
