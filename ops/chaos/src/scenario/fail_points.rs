//! Each process is ended exactly between two messages: after an append and before its answer, after a COMMIT and before its
//! answer, after a try-on and before its job is done. A listener before the server holds the message back.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use e2e::{Detours, Options, Servers, System};
use tokio::time::Instant;

use super::{
    Settings,
    crew::{Cast, Crew, report, under_way},
};
use crate::{
    fault::{Blow, Victim},
    history::{History, Phase},
    observed::LogEntry,
    random::Random,
    report::Report,
    wire::{Catch, Point, Proxy, Speech, Then, Trap},
};

/// What is held back, from whom, and how it ends: with `kill -9` while nothing goes through, or with a connection that is cut.
const CASES: [(Point, Victim, Then); 14] = [
    (Point::AppendSent, Victim::Gateway, Then::Silence),
    (Point::AppendSent, Victim::Gateway, Then::Cut),
    (Point::AppendAnswered, Victim::Gateway, Then::Silence),
    (Point::AppendAnswered, Victim::Gateway, Then::Cut),
    (Point::ViewCommitSent, Victim::Projector, Then::Silence),
    (Point::ViewCommitSent, Victim::Projector, Then::Cut),
    (Point::ViewCommitAnswered, Victim::Projector, Then::Silence),
    (Point::ViewCommitAnswered, Victim::Projector, Then::Cut),
    (
        Point::ArchiveCommitAnswered,
        Victim::Projector,
        Then::Silence,
    ),
    (Point::ArchiveCommitAnswered, Victim::Projector, Then::Cut),
    (Point::StartAnswered, Victim::Worker, Then::Silence),
    (Point::EndAnswered, Victim::Worker, Then::Silence),
    (Point::EndAnswered, Victim::Worker, Then::Cut),
    (Point::JobDone, Victim::Worker, Then::Silence),
];
/// How long a point may take to come by.
const PATIENCE: Duration = Duration::from_secs(90);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let servers = Servers::start().await?;
    let trap = Trap::default();
    let nats = SocketAddr::from(([127, 0, 0, 1], servers.nats.port()));
    let (_, database) = servers.database.rsplit_once('/').context("no database")?;
    let postgres = SocketAddr::from(([127, 0, 0, 1], servers.postgres.port()));
    let gateway = Proxy::start(nats, Speech::Nats, &trap).await?;
    let worker = Proxy::start(nats, Speech::Nats, &trap).await?;
    let projector = Proxy::start(postgres, Speech::Postgres, &trap).await?;
    let at = |proxy: &Proxy| Some(format!("nats://127.0.0.1:{}", proxy.port()));
    let views = format!(
        "postgres://drape_projector@127.0.0.1:{}/{database}",
        projector.port()
    );
    let detours = Detours {
        gateway_nats: at(&gateway),
        worker_nats: at(&worker),
        projector_database: Some(views),
        projector_nats: None,
    };
    let options = Options {
        separate_projector: true,
        workers: 1,
        env: vec![("DRAPE_WORKER_LEASE_MS".to_owned(), "3000".to_owned())],
        ..Options::default()
    };
    let mut system = System::start_on(servers, options, detours).await?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("fail-points.jsonl"))?;
    let cast = Cast {
        try_ons: Duration::from_secs(2),
        ..Cast::default()
    };
    let mut crew = Crew::start_with(&system, history.clone(), &random, &cast).await?;
    under_way(&history, 20).await;

    let mut struck = Struck::default();
    let mut cases = CASES;
    let mut random = random.actor(100);
    random.shuffle(&mut cases);
    for (point, victim, then) in cases {
        trap.arm(point, then);
        match trap.sprung(PATIENCE).await {
            Ok(catch) => {
                let away = random.between_ms(0, 300);
                struck
                    .strike(&mut system, (victim, then), away, catch, &history)
                    .await?;
            }
            Err(missed) => struck.missed.push(format!("{missed:#}")),
        }
        tokio::time::sleep(random.between_ms(100, 500)).await;
    }
    let last_fault = Instant::now();
    crew.try_ons.stop();
    tokio::time::sleep(Duration::from_secs(1)).await;
    crew.stop_writing().await?;
    let settled = crew.settle(&system, last_fault).await?;

    let unproven = struck.unproven(&settled.evidence.log, &history);
    let hit = struck.caught.len();
    let mut report = report("fail-points", settings.seed, struck.blows, &settled);
    report.figure("fail points hit", hit);
    report.void = struck.missed.into_iter().next().or(unproven);
    Ok(report)
}

/// What was hit, and what was not.
#[derive(Default)]
struct Struck {
    blows: Vec<Blow>,
    caught: Vec<(Catch, Then)>,
    missed: Vec<String>,
}

impl Struck {
    async fn strike(
        &mut self,
        system: &mut System,
        (victim, then): (Victim, Then),
        away: Duration,
        catch: Catch,
        history: &History,
    ) -> anyhow::Result<()> {
        let end = match then {
            Then::Silence => "killed",
            Then::Cut | Then::Hold => "cut",
        };
        let what = format!("{:?}, then {end}", catch.point);
        self.blows
            .push(Blow::now(what, history).to(vec![victim], away));
        self.caught.push((catch, then));
        if then == Then::Silence {
            victim.kill(system)?;
            tokio::time::sleep(away).await;
            victim.restart(system).await?;
        }
        Ok(())
    }

    /// A command whose acknowledgement was held back until its gateway was dead must have lost its answer, and been repeated.
    fn unproven(&self, log: &[LogEntry], history: &History) -> Option<String> {
        let records = history.records();
        let killed = self
            .caught
            .iter()
            .filter(|(catch, then)| catch.point == Point::AppendAnswered && *then == Then::Silence);
        for (catch, _) in killed {
            let entry = log
                .iter()
                .find(|entry| Some(entry.sequence) == catch.sequence);
            let Some(operation) = entry.and_then(|entry| entry.correlation_id.as_ref()) else {
                return Some(format!("{catch:?} names no commit of a request"));
            };
            let of_it = records
                .iter()
                .filter(|record| record.operation == *operation);
            let phases: Vec<Phase> = of_it.map(|record| record.phase).collect();
            if !phases.is_empty() && !phases.contains(&Phase::Unknown) {
                return Some(format!("{operation} did not lose its answer: {phases:?}"));
            }
        }
        None
    }
}
