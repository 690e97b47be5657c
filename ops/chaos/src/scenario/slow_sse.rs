//! Many live clients stop reading for seconds, with a long log still before them: nobody else is slowed, the gateway holds
//! back instead of remembering, and everybody is told everything in the end.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::PoisonError,
    time::Duration,
};

use anyhow::Context;
use e2e::{Client, Options, System, garment};
use futures::{StreamExt, stream};
use reqwest::StatusCode;
use tokio::time::Instant;

use super::{
    Settings,
    crew::{Cast, Crew, report, under_way},
};
use crate::{
    fault::Blow,
    history::{History, Phase, Record},
    load::{Manner, Told},
    random::Random,
    report::Report,
};

/// Clients that stop reading.
const STALLED: u64 = 24;
/// Garments in the log before they come, and the length of each one's description.
const BACKLOG: usize = 2_000;
const DESCRIPTION: usize = 3_900;
/// What the gateway may need for each of them: a page of the log, and what is on its way.
const BYTES_EACH: u64 = 4 << 20;
/// What others may wait for a command, beyond three times what they waited before.
const SLACK: Duration = Duration::from_millis(500);
/// How far behind a client that reads may be told.
const TOLD_WITHIN: Duration = Duration::from_secs(3);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let system = System::start(Options {
        separate_projector: true,
        ..Options::default()
    })
    .await?;
    fill(&system.caller("merchandiser")?).await?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("slow-sse.jsonl"))?;
    let cast = Cast {
        writers: 3,
        watchers: vec![],
        ..Cast::default()
    };
    let mut crew = Crew::start_with(&system, history.clone(), &random, &cast).await?;
    let reader = crew.watch(system.caller("admin")?, Manner::Steady, random.actor(200));
    under_way(&history, 20).await;
    let phase = settings.time / 3;
    let mut before = Sampler::new(&system, &history, &reader)?;
    before.look_for(phase).await?;

    let blow = Blow::now(format!("{STALLED} live clients stop reading"), &history);
    for number in 0..STALLED {
        let client = system.caller("admin")?;
        crew.watch(client, Manner::Stalling, random.actor(300 + number));
    }
    let mut during = Sampler::new(&system, &history, &reader)?;
    during.look_for(phase * 2).await?;
    let last_fault = Instant::now();
    crew.stop_writing().await?;
    let settled = crew.settle(&system, last_fault).await?;

    let mut report = report("slow-sse", settings.seed, vec![blow], &settled);
    let calm = latency(&history.records(), before.began, before.ended);
    let busy = latency(&history.records(), during.began, during.ended);
    let grown = during.highest.saturating_sub(before.highest);
    report.seconds("command p95 before, s", calm);
    report.seconds("command p95 during, s", busy);
    report.seconds("told within p95 during, s", percentile(&during.told_after));
    report.figure("gateway grew by KiB", usize::try_from(grown / 1_024)?);
    report.figure("sockets held back at most", during.full_sockets);
    let mut broken = vec![];
    if busy > calm * 3 + SLACK {
        broken.push(format!("commands take {busy:?}, {calm:?} before"));
    }
    if percentile(&during.told_after) > TOLD_WITHIN {
        broken.push(format!(
            "who reads is told after {:?}",
            percentile(&during.told_after)
        ));
    }
    if grown > STALLED * BYTES_EACH {
        broken.push(format!("the gateway grew by {grown} bytes"));
    }
    report.violations.extend(broken);
    if during.full_sockets < usize::try_from(STALLED)? / 2 {
        let why = format!("the gateway had to hold back {} only", during.full_sockets);
        report.void = Some(why);
    }
    Ok(report)
}

/// Many large events, so that no buffer between the two ends takes them all.
async fn fill(shop: &Client) -> anyhow::Result<()> {
    let adding = (0..BACKLOG).map(|number| {
        let mut body = garment(&format!("backlog-{number}"), "tops");
        body["description"] = "long ".repeat(DESCRIPTION / 5).into();
        async move {
            let added = shop.post("/v1/garments", &body).await?;
            added.expect(StatusCode::CREATED)
        }
    });
    let mut adding = stream::iter(adding).buffer_unordered(16);
    while let Some(added) = adding.next().await {
        added.context("the backlog")?;
    }
    Ok(())
}

/// Looks at the gateway and at a client that reads.
struct Sampler<'a> {
    system: &'a System,
    history: &'a History,
    reader: &'a Told,
    began: u64,
    ended: u64,
    /// Most memory that the gateway had.
    highest: u64,
    /// Most connections of the gateway that took no more.
    full_sockets: usize,
    /// How long after an acknowledgement the reader was told.
    told_after: Vec<Duration>,
}

impl<'a> Sampler<'a> {
    fn new(system: &'a System, history: &'a History, reader: &'a Told) -> anyhow::Result<Self> {
        Ok(Self {
            system,
            history,
            reader,
            began: history.now_us(),
            ended: history.now_us(),
            highest: system.drape.resident_bytes()?,
            full_sockets: 0,
            told_after: vec![],
        })
    }

    async fn look_for(&mut self, time: Duration) -> anyhow::Result<()> {
        let over = Instant::now() + time;
        let mut waiting: VecDeque<(Instant, u64)> = VecDeque::new();
        while Instant::now() < over {
            let acknowledged = self.history.highest();
            let told = last(self.reader);
            waiting.push_back((Instant::now(), acknowledged));
            while let Some((since, _)) = waiting.front().filter(|(_, it)| *it <= told) {
                self.told_after.push(since.elapsed());
                waiting.pop_front();
            }
            self.highest = self.highest.max(self.system.drape.resident_bytes()?);
            let full = full_sockets(self.system.http_port())?;
            self.full_sockets = self.full_sockets.max(full);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // Who was never told counts as long as one could wait for it.
        self.told_after
            .extend(waiting.iter().map(|(since, _)| since.elapsed()));
        self.ended = self.history.now_us();
        Ok(())
    }
}

/// The last sequence that the client was told.
fn last(told: &Told) -> u64 {
    let told = told.lock().unwrap_or_else(PoisonError::into_inner);
    told.last().map_or(0, |(sequence, _)| *sequence)
}

/// Connections of this port on which bytes wait that the other end does not take.
fn full_sockets(port: u16) -> anyhow::Result<usize> {
    const MANY: u64 = 32 << 10;
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let local = format!(":{port:04X}");
    let full = table.lines().filter(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, from, _, _, queues, ..] = words[..] else {
            return false;
        };
        let unsent = queues.split(':').next().unwrap_or_default();
        from.ends_with(&local) && u64::from_str_radix(unsent, 16).is_ok_and(|it| it > MANY)
    });
    Ok(full.count())
}

/// How long 95 of 100 commands took that were sent within this stretch.
fn latency(records: &[Record], from_us: u64, until_us: u64) -> Duration {
    let (mut sent, mut took) = (BTreeMap::new(), vec![]);
    for record in records {
        match record.phase {
            Phase::Invoke => {
                sent.entry(&record.operation).or_insert(record.at_us);
            }
            Phase::Ok | Phase::Fail => {
                let at = sent.get(&record.operation).copied().unwrap_or_default();
                if (from_us..until_us).contains(&at) {
                    took.push(Duration::from_micros(record.at_us - at));
                }
            }
            Phase::Unknown => {}
        }
    }
    percentile(&took)
}

fn percentile(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times
        .get(times.len() * 95 / 100)
        .copied()
        .unwrap_or_default()
}
