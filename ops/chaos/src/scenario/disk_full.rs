//! The log's disk runs full, then there is room again. And the log reaches its own limit.

use std::{collections::BTreeMap, time::Duration};

use e2e::{Detours, Options, Servers, System};
use testkit::{NatsServer, NatsServerOptions, Postgres};
use tokio::time::Instant;

use super::{
    Settings,
    crew::{Crew, report, under_way},
};
use crate::{
    disk::Mount,
    fault::Blow,
    history::{History, Phase, Record},
    random::Random,
    report::Report,
};

/// For how long the disk stays full.
const FULL: Duration = Duration::from_secs(12);
/// How long whoever looks after the machine waits before starting the server again, as `docs/operations.md` says.
const BEFORE_RESTART: Duration = Duration::from_secs(3);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = full_disk(settings).await?;
    let limited = full_log(settings).await?;
    report.violations.extend(limited.violations);
    for (name, value) in limited.figures {
        if name.starts_with("log ") {
            report.figures.insert(name, value);
        }
    }
    report.void = report.void.or(limited.void);
    Ok(report)
}

async fn full_disk(settings: &Settings) -> anyhow::Result<Report> {
    let directory = tempfile::Builder::new().prefix("drape-full-").tempdir()?;
    let disk = Mount::small(64, directory.path().join("disk"))?;
    let nats = NatsServer::start_with(NatsServerOptions {
        store: Some(disk.at().join("store")),
        // The server promises more than this disk has, as testkit tells it to: whoever overbooks one runs into this.
        ..NatsServerOptions::default()
    })
    .await?;
    let servers = Servers::new(nats, vec![], Postgres::start().await?).await?;
    let options = Options {
        separate_projector: true,
        ..Options::default()
    };
    let mut system = System::start_on(servers, options, Detours::default()).await?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("disk-full.jsonl"))?;
    let mut crew = Crew::start(&system, history.clone(), &random).await?;
    under_way(&history, 50).await;

    let blow = Blow::now("the log's disk is full", &history).to(vec![], FULL);
    let filler = disk.fill()?;
    tokio::time::sleep(FULL).await;
    let while_full = since(&history, blow.at_us);
    std::fs::remove_file(filler)?;
    let room = history.now_us();
    tokio::time::sleep(BEFORE_RESTART).await;
    let by_itself = acknowledged(&since(&history, room));
    system.nats.restart().await?;
    let last_fault = Instant::now();
    let before = acknowledged(&history.records());
    under_way(&history, before + 50).await;
    crew.try_ons.stop();
    crew.stop_writing().await?;
    let settled = crew.settle(&system, last_fault).await?;
    drop(system);

    let answers = answers(&while_full);
    let mut report = report("disk-full", settings.seed, vec![blow], &settled);
    report.figure("acknowledged while full", acknowledged(&while_full));
    report.figure("refused while full", answers.values().sum());
    report.figure("acknowledged before restart", by_itself);
    for (answer, count) in &answers {
        if !is_typed(answer) {
            let said =
                format!("{count} commands heard {answer:?} from a system whose disk is full");
            report.violations.push(said);
        }
    }
    if answers.is_empty() {
        report.void = Some("nobody noticed that the disk was full".to_owned());
    }
    Ok(report)
}

/// The stream's own limit, which `docs/operations.md` wants to be reached first.
async fn full_log(settings: &Settings) -> anyhow::Result<Report> {
    let system = System::start(Options {
        separate_projector: true,
        env: vec![("DRAPE_NATS_MAX_BYTES".to_owned(), "1200000".to_owned())],
        ..Options::default()
    })
    .await?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("log-full.jsonl"))?;
    let mut crew = Crew::start(&system, history.clone(), &random).await?;
    let deadline = Instant::now() + Duration::from_mins(1);
    let refused = || {
        let records = history.records();
        let full = records
            .iter()
            .filter(|record| record.detail.starts_with("507"));
        full.count()
    };
    while refused() < 50 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    crew.stop_writing().await?;
    let settled = crew.settle(&system, Instant::now()).await?;
    let mut report = report("log-full", settings.seed, vec![], &settled);
    report.figure("log full: refused with 507", refused());
    report.figure("log full: acknowledged", acknowledged(&history.records()));
    if refused() == 0 {
        report.void = Some("the log never reached its limit".to_owned());
    }
    Ok(report)
}

fn since(history: &History, at_us: u64) -> Vec<Record> {
    let records = history.records().into_iter();
    records.filter(|record| record.at_us >= at_us).collect()
}

fn acknowledged(records: &[Record]) -> usize {
    let ok = records.iter().filter(|record| record.phase == Phase::Ok);
    ok.count()
}

/// What was answered to commands that did not get through, with how often.
fn answers(records: &[Record]) -> BTreeMap<String, usize> {
    let mut answers = BTreeMap::new();
    for record in records
        .iter()
        .filter(|record| record.phase == Phase::Unknown)
    {
        *answers.entry(record.detail.clone()).or_default() += 1;
    }
    answers
}

/// `503 log-unavailable`: a status and a code.
fn is_typed(answer: &str) -> bool {
    let typed = answer
        .split_once(' ')
        .map(|(status, code)| status.parse::<u16>().is_ok() && !code.is_empty());
    typed.unwrap_or(false)
}
