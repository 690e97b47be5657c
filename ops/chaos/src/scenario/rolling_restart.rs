//! Two gateways and two projectors are replaced one after the other, as a deployment does it, while everybody works through
//! clients that go to the other gateway when one refuses.

use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::{Client, Options, Process, System};
use tokio::time::Instant;

use super::{
    Settings,
    crew::{Cast, Crew, report, under_way},
};
use crate::{
    fault::Blow,
    history::{History, Phase, longest_silence},
    load::Manner,
    random::Random,
    report::Report,
};

/// Who is replaced, in this order, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    FirstGateway,
    FirstProjector,
    SecondGateway,
    SecondProjector,
}

const ROUND: [Turn; 4] = [
    Turn::FirstGateway,
    Turn::FirstProjector,
    Turn::SecondGateway,
    Turn::SecondProjector,
];
/// A process that was told to stop is gone within this (`docs/operations.md`: two seconds), or is late.
const STOPS: Duration = Duration::from_secs(10);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut system = System::start(Options {
        separate_projector: true,
        ..Options::default()
    })
    .await?;
    system.add_gateway()?;
    ready(&system.caller_at(0, "admin")?).await?;
    let mut second = system.new_projector("projector-2.log")?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("rolling-restart.jsonl"))?;
    let cast = Cast {
        watchers: [Manner::Steady, Manner::Fickle, Manner::Slow].repeat(2),
        two_gateways: true,
        ..Cast::default()
    };
    let mut crew = Crew::start_with(&system, history.clone(), &random, &cast).await?;
    under_way(&history, 20).await;

    let (began, mut blows, mut slowest) = (history.now_us(), vec![], Duration::ZERO);
    let over = Instant::now() + settings.time;
    while Instant::now() < over || blows.is_empty() {
        for turn in ROUND {
            let blow = Blow::now(format!("{turn:?} is replaced"), &history);
            let asked = Instant::now();
            replace(&mut system, &mut second, turn).await?;
            slowest = slowest.max(asked.elapsed());
            blows.push(blow.to(vec![], asked.elapsed()));
        }
    }
    let last_fault = Instant::now();
    let ended = history.now_us();
    crew.stop_writing().await?;
    let settled = crew.settle(&system, last_fault).await?;

    let records = history.records();
    let failed: Vec<_> = records
        .iter()
        .filter(|record| record.phase == Phase::Unknown)
        .collect();
    let mut report = report("rolling-restart", settings.seed, blows, &settled);
    report.figure("commands that failed", failed.len());
    report.seconds("slowest replacement, s", slowest);
    report.seconds(
        "longest silence, s",
        longest_silence(&records, began, ended),
    );
    let said = failed.iter().take(5).map(|record| {
        let at = Duration::from_micros(record.at_us).as_secs_f64();
        format!(
            "{} failed at {at:.3} s: {}",
            record.operation, record.detail
        )
    });
    report.violations.extend(said);
    let idle = report.blows.iter().all(|blow| blow.in_flight == 0);
    report.void = idle.then(|| "nobody waited when a process was replaced".to_owned());
    Ok(report)
}

async fn replace(system: &mut System, second: &mut Process, turn: Turn) -> anyhow::Result<()> {
    match turn {
        Turn::FirstGateway => {
            stop(&mut system.drape).await?;
            system.start_drape()?;
            ready(&system.caller("admin")?).await
        }
        Turn::SecondGateway => {
            let (_, gateway) = system.gateways.first_mut().context("no second gateway")?;
            stop(gateway).await?;
            system.restart_gateway(0)?;
            ready(&system.caller_at(0, "admin")?).await
        }
        Turn::FirstProjector => {
            stop(system.projector.as_mut().context("no projector")?).await?;
            system.start_projector()
        }
        Turn::SecondProjector => {
            stop(second).await?;
            *second = system.new_projector("projector-2.log")?;
            Ok(())
        }
    }
}

/// Tells it to stop, and waits until it has.
async fn stop(process: &mut Process) -> anyhow::Result<()> {
    process.terminate()?;
    let status = process.ended_within(STOPS).await?;
    ensure!(status.success(), "{status}: {}", process.log_tail());
    Ok(())
}

/// Waits until the gateway says that it is ready, as whoever sends clients to it would.
async fn ready(client: &Client) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let answer = client.get("/readyz").await;
        if answer.is_ok_and(|answer| answer.status.is_success()) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "a gateway does not get ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
