//! A backup is made under load as `docs/operations.md` says, the machine is lost, and everything is restored on an empty one.

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};
use e2e::{Detours, Options, Process, Servers, System, archived};
use reqwest::Method;
use tokio::time::Instant;

use super::{
    Settings,
    crew::{Cast, Crew, report, under_way},
};
use crate::{
    check::{Evidence, check_commands},
    disk::{shell, text},
    fault::Blow,
    fold::VIEWS,
    history::{History, Operation, Phase, Record, operations},
    observed::{LogEntry, read_log},
    random::Random,
    report::Report,
};

/// The archive must have what was acknowledged within this.
const ARCHIVE_LAG: Duration = Duration::from_secs(20);
/// Commands of before that are repeated afterwards.
const REPEATED: usize = 40;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let directory = tempfile::Builder::new().prefix("drape-backup-").tempdir()?;
    let lost = Lost::work_and_lose(settings, directory.path()).await?;
    let random = Random::new(settings.seed).actor(1);
    let (system, said) = restore(directory.path()).await?;
    let history = History::create(&settings.directory.join("backup-restored.jsonl"))?;
    let mut broken = vec![];
    broken.extend(
        lost.repeated(&system)
            .await
            .err()
            .map(|error| format!("{error:#}")),
    );
    broken.extend(
        lost.old_positions(&system)
            .await
            .err()
            .map(|error| format!("{error:#}")),
    );
    let cast = Cast {
        prefix: "again-",
        ..Cast::default()
    };
    let mut crew = Crew::start_with(&system, history.clone(), &random, &cast).await?;
    under_way(&history, 50).await;
    let last_fault = Instant::now();
    crew.try_ons.stop();
    crew.stop_writing().await?;
    let settled = crew.settle(&system, last_fault).await?;
    for view in VIEWS {
        let rebuilt = system
            .drape_command(&["projections", "rebuild", view])
            .await?;
        if !rebuilt.contains(&format!("{view}: 0 rows")) {
            broken.push(format!("another {view} was built: {rebuilt}"));
        }
    }
    let verified = system.drape_command(&["archive", "verify"]).await?;

    let log = &settled.evidence.log;
    broken.extend(lost.missing(log));
    let restored = said.restored;
    let mut report = report("backup", settings.seed, vec![lost.blow.clone()], &settled);
    report.figure("restored commits", restored);
    report.figure("views ahead of the archive", usize::from(said.ahead));
    report.figure("acknowledged before backup", lost.promised());
    report.seconds("archive was behind by s", lost.lag);
    report.violations.extend(broken);
    if !verified.contains("the log holds the same") {
        report
            .violations
            .push(format!("the archive is not proven: {verified}"));
    }
    if lost.promised() == 0 || (restored as u64) < lost.through {
        report.void = Some(format!(
            "{restored} commits were restored of {}",
            lost.through
        ));
    }
    Ok(report)
}

/// What is left of the machine that was lost: what its clients know, and for comparison its log.
struct Lost {
    blow: Blow,
    /// All that clients knew when the backup began.
    records: Vec<Record>,
    /// The last sequence that was acknowledged then.
    through: u64,
    lag: Duration,
    log: Vec<LogEntry>,
    position: String,
}

impl Lost {
    /// Works, makes a backup meanwhile, and is gone.
    async fn work_and_lose(settings: &Settings, directory: &Path) -> anyhow::Result<Self> {
        let system = System::start(Options {
            separate_projector: true,
            workers: 1,
            ..Options::default()
        })
        .await?;
        let random = Random::new(settings.seed);
        let history = History::create(&settings.directory.join("backup.jsonl"))?;
        let mut crew = Crew::start(&system, history.clone(), &random).await?;
        under_way(&history, 200).await;

        let blow = Blow::now("a backup, then everything is lost", &history);
        let (records, through) = (history.records(), history.highest());
        let began = Instant::now();
        while archived(system.database_url()).await? < through {
            let late = began.elapsed();
            ensure!(late < ARCHIVE_LAG, "the archive is behind after {late:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let lag = began.elapsed();
        back_up(&system, directory).await?;
        crew.try_ons.stop();
        crew.stop_writing().await?;
        let log = read_log(system.nats.client().await?, "DRAPE_EVENTS", "drape.events").await?;
        let position = system.log().await?.position(1).to_string();
        Ok(Self {
            blow,
            records,
            through,
            lag,
            log,
            position,
        })
    }

    fn promised(&self) -> usize {
        let ok = self
            .records
            .iter()
            .filter(|record| record.phase == Phase::Ok);
        ok.count()
    }

    /// What was promised before the backup, and is not in the restored log.
    fn missing(&self, log: &[LogEntry]) -> Vec<String> {
        let evidence = Evidence {
            history: self.records.clone(),
            log: log.to_vec(),
            ..Evidence::default()
        };
        let mut found: Vec<String> = check_commands(&evidence)
            .iter()
            .map(ToString::to_string)
            .collect();
        let through = usize::try_from(self.through).unwrap_or(usize::MAX);
        let differs = self
            .log
            .iter()
            .zip(log)
            .take(through)
            .find(|(was, is)| was != is);
        found.extend(differs.map(|(was, is)| format!("{was:?} was restored as {is:?}")));
        found
    }

    /// Commands of before come again under their keys: nothing is done twice.
    async fn repeated(&self, system: &System) -> anyhow::Result<()> {
        let shop = system.caller("merchandiser")?;
        let added = operations(&self.records);
        let added = added.iter().filter(|(_, operation)| is_added(operation));
        for (name, operation) in added.take(REPEATED) {
            let body = e2e::garment(name, "tops");
            let again = shop
                .command(Method::POST, "/v1/garments", (name, name), &body)
                .await?;
            ensure!(
                again.id().ok() == operation.id,
                "{name} is {again:?} and was {operation:?}"
            );
        }
        Ok(())
    }

    /// A live client of before is told that this is another history.
    async fn old_positions(&self, system: &System) -> anyhow::Result<()> {
        let watching = system.caller("admin")?;
        let resumed = watching
            .events("/v1/events/stream", Some(&self.position))
            .await;
        let refused = resumed
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default();
        ensure!(
            refused.contains("epoch-changed"),
            "a position of before gets {refused:?}"
        );
        Ok(())
    }
}

fn is_added(operation: &Operation) -> bool {
    operation.kind == "add" && operation.acknowledged.is_some()
}

/// The database, then the blobs.
async fn back_up(system: &System, directory: &Path) -> anyhow::Result<()> {
    let dump = directory.join("dump");
    let program = system.postgres.program("pg_dump");
    let file = format!("--file={}", text(&dump)?);
    let arguments = ["--format=custom", &file, system.database_url()].map(str::to_owned);
    let blobs = (system.directory().join("blobs"), directory.join("blobs"));
    // Beside the load, as it would be.
    tokio::task::spawn_blocking(move || {
        shell(text(&program)?, &arguments.each_ref().map(String::as_str))?;
        shell("cp", &["-a", text(&blobs.0)?, text(&blobs.1)?])
    })
    .await?
}

/// What the restoring said.
struct Said {
    restored: usize,
    /// Views of the dump were ahead of its archive.
    ahead: bool,
}

/// Everything on servers that hold nothing, by the commands of `docs/operations.md`.
async fn restore(directory: &Path) -> anyhow::Result<(System, Said)> {
    let servers = Servers::start().await?;
    let program = servers.postgres.program("pg_restore");
    let dump = directory.join("dump");
    let into = format!("--dbname={}", servers.database);
    shell(text(&program)?, &["--no-owner", &into, text(&dump)?])?;
    let env = [
        ("DRAPE_NATS_URL", servers.nats.url()),
        ("DRAPE_NATS_MONITOR_URL", servers.nats.monitor_url()),
        ("DRAPE_DATABASE_URL", servers.database.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let log = directory.join("restore.log");
    Process::run("drape", &["archive", "restore"], &env, &log).await?;
    let adopt = ["projections", "adopt-epoch"];
    let mut ahead = false;
    if let Err(refused) = Process::run("drape", &adopt, &env, &log).await {
        // The dump holds views that had seen more than the archive: nothing was changed, they are built from what there is.
        ensure!(
            format!("{refused:#}").contains("but the log ends at"),
            "{refused:#}"
        );
        ahead = true;
        for view in VIEWS {
            Process::run("drape", &["projections", "rebuild", view], &env, &log).await?;
        }
        Process::run("drape", &adopt, &env, &log).await?;
    }
    let said = std::fs::read_to_string(&log)?;
    let count = said.lines().find_map(|line| {
        let (count, _) = line.split_once(" messages are as they were chained")?;
        count.rsplit(' ').next()?.parse().ok()
    });
    let blobs = format!("file://{}", directory.join("blobs").display());
    let options = Options {
        separate_projector: true,
        workers: 1,
        env: vec![("DRAPE_BLOB_URL".to_owned(), blobs)],
        ..Options::default()
    };
    let system = System::start_on(servers, options, Detours::default()).await?;
    let restored = count.with_context(|| format!("nothing was restored: {said}"))?;
    Ok((system, Said { restored, ahead }))
}
