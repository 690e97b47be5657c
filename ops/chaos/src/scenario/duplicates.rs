//! The same job twice, the same command twice, the same answer too late.
//!
//! A worker is frozen past its lease, so that another gets its job; another one's last word is held up on the wire until the
//! job has been ended by somebody else. Meanwhile each command of one client goes to two gateways at once.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use e2e::{Client, Detours, Options, Servers, System};
use reqwest::StatusCode;
use tokio::time::{Instant, timeout};

use super::{
    Settings,
    crew::{Cast, Crew, report, under_way},
};
use crate::{
    fault::Blow,
    history::History,
    load::write_twice,
    observed::LogEntry,
    random::Random,
    report::Report,
    wire::{Point, Proxy, Speech, Then, Trap},
};

/// How often each fault; once in a short run.
const ROUNDS: usize = 2;
const SHORT: Duration = Duration::from_secs(10);
/// Commands that are sent twice.
const TWINS: usize = 300;
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let servers = Servers::start().await?;
    let trap = Trap::default();
    let nats = SocketAddr::from(([127, 0, 0, 1], servers.nats.port()));
    let wire = Proxy::start(nats, Speech::Nats, &trap).await?;
    let options = Options {
        separate_projector: true,
        env: vec![("DRAPE_WORKER_LEASE_MS".to_owned(), "2000".to_owned())],
        ..Options::default()
    };
    let mut system = System::start_on(servers, options, Detours::default()).await?;
    system.add_gateway()?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("duplicates.jsonl"))?;
    let cast = Cast {
        writers: 2,
        two_gateways: true,
        ..Cast::default()
    };
    let mut crew = Crew::start_with(&system, history.clone(), &random, &cast).await?;
    under_way(&history, 20).await;
    let callers = (
        system.caller("merchandiser")?,
        system.caller_at(0, "merchandiser")?,
    );
    let twins = write_twice(crew.stage.clone(), callers, TWINS, random.actor(50));
    let twins = tokio::spawn(twins);

    let mut room = Room::enter(&mut system, &wire).await?;
    let mut blows = vec![];
    let rounds = if settings.time < SHORT { 1 } else { ROUNDS };
    for _ in 0..rounds {
        blows.push(room.freeze(&mut system, &history).await?);
        blows.push(room.hold_up(&mut system, &trap, &history).await?);
    }
    let pairs = timeout(PATIENCE, twins).await??;
    let last_fault = Instant::now();
    crew.stop_writing().await?;
    let settled = crew.settle(&system, last_fault).await?;

    let log = &settled.evidence.log;
    let (taken_over, twice) = (taken_over(log), sent_twice(log));
    let mut report = report("duplicates", settings.seed, blows, &settled);
    report.figure("try-ons taken over", taken_over);
    report.figure("ends that came too late", room.too_late);
    report.figure("commands sent twice", pairs.answered);
    report.violations.extend(pairs.differing);
    if taken_over < 2 * rounds {
        report.void = Some("a worker was not overtaken".to_owned());
    } else if room.too_late < rounds {
        report.void = Some("no end ever came too late".to_owned());
    } else if twice < TWINS {
        report.void = Some(format!("only {twice} commands were sent to both gateways"));
    }
    Ok(report)
}

/// Try-ons that a second worker took up.
fn taken_over(log: &[LogEntry]) -> usize {
    let events = log.iter().flat_map(|entry| &entry.events);
    let again = events.filter(|(name, data)| name == "TryOnStarted" && data["attempt"] == 2);
    again.count()
}

fn sent_twice(log: &[LogEntry]) -> usize {
    let twins = log.iter().filter(|entry| {
        let correlation = entry.correlation_id.as_deref();
        correlation.is_some_and(|correlation| correlation.starts_with("twin-"))
    });
    twins.count()
}

/// A shopper, and two workers: the first one behind the listener.
struct Room {
    shopper: Client,
    person: String,
    garment: String,
    wire: String,
    too_late: usize,
}

impl Room {
    async fn enter(system: &mut System, wire: &Proxy) -> anyhow::Result<Self> {
        let (shopper, person, garment) = system.fitting_room().await?;
        let wire = format!("nats://127.0.0.1:{}", wire.port());
        system.detours.worker_nats = Some(wire.clone());
        system.add_worker()?;
        system.detours.worker_nats = None;
        system.add_worker()?;
        system.workers[1].kill9()?;
        Ok(Self {
            shopper,
            person,
            garment,
            wire,
            too_late: 0,
        })
    }

    /// Asks for a try-on and answers where its events are.
    async fn ask(&self) -> anyhow::Result<String> {
        let accepted = self.shopper.try_on(&self.person, &self.garment).await?;
        let accepted = accepted.expect(StatusCode::ACCEPTED)?;
        let location = accepted.location.context("no Location")?;
        Ok(format!("{location}/events"))
    }

    async fn ended(&self, events: &str) -> anyhow::Result<()> {
        let mut stream = self.shopper.events(events, None).await?;
        let ends = stream.until_any(&["TryOnSucceeded", "TryOnFailed"]);
        timeout(PATIENCE, ends).await??;
        Ok(())
    }

    /// The first worker stands still in the middle of its work until the second one has done it.
    async fn freeze(&self, system: &mut System, history: &History) -> anyhow::Result<Blow> {
        let events = self.ask().await?;
        let mut stream = self.shopper.events(&events, None).await?;
        timeout(PATIENCE, stream.until("TryOnStarted")).await??;
        let blow = Blow::now("a worker is frozen past its lease", history);
        system.workers[0].pause()?;
        system.restart_worker(1)?;
        self.ended(&events).await?;
        system.workers[1].kill9()?;
        system.workers[0].resume()?;
        Ok(blow)
    }

    /// What the first worker says at last arrives when the second one has said it.
    async fn hold_up(
        &mut self,
        system: &mut System,
        trap: &Trap,
        history: &History,
    ) -> anyhow::Result<Blow> {
        trap.arm(Point::EndSent, Then::Hold);
        let events = self.ask().await?;
        trap.sprung(PATIENCE).await?;
        let blow = Blow::now("the end of a try-on is held up", history);
        system.restart_worker(1)?;
        self.ended(&events).await?;
        system.workers[1].kill9()?;
        trap.release();
        let told = || system.workers[0].log().matches("came too late").count();
        let deadline = Instant::now() + PATIENCE;
        while told() <= self.too_late && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.too_late = told();
        // A wire that was held is not watched any more: the next one is.
        system.workers[0].kill9()?;
        system.detours.worker_nats = Some(self.wire.clone());
        system.restart_worker(0)?;
        system.detours.worker_nats = None;
        Ok(blow)
    }
}
