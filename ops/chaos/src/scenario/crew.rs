//! The usual load on a whole system, and the wait until everything has caught up.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
    time::Duration,
};

use anyhow::Context;
use e2e::{Client, System, stored};
use tokio::{task::JoinHandle, time::Instant};

use crate::{
    check::{Evidence, Promise, Watcher, check},
    fault::Blow,
    history::History,
    load::{Control, Manner, Stage, Told, request_try_ons, watch, write_garments},
    observed::{Documents, LogEntry, read_log},
    random::Random,
    report::Report,
};

/// After the last fault everything must have caught up within this.
const CATCH_UP: Duration = Duration::from_secs(20);

/// For so long after that a run still looks, to say how late what is late is.
const GRACE: Duration = Duration::from_secs(40);

/// Who works during a run.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    /// How many merchandisers write at once.
    pub(crate) writers: u64,
    /// Live clients.
    pub(crate) watchers: Vec<Manner>,
    /// Time between two try-ons, where there are workers.
    pub(crate) try_ons: Duration,
    /// Everybody goes to the second gateway when the first refuses, or the other way round.
    pub(crate) two_gateways: bool,
    /// Begins the names of all commands.
    pub(crate) prefix: &'static str,
}

impl Default for Cast {
    fn default() -> Self {
        Self {
            writers: 6,
            watchers: vec![Manner::Steady, Manner::Fickle, Manner::Slow],
            try_ons: Duration::from_secs(5),
            two_gateways: false,
            prefix: "w",
        }
    }
}

impl Cast {
    fn caller(&self, system: &System, number: u64, role: &str) -> anyhow::Result<Client> {
        let first = system.caller(role)?;
        if !self.two_gateways {
            return Ok(first);
        }
        let second = system.caller_at(0, role)?;
        Ok(if number.is_multiple_of(2) {
            first.or(&second)
        } else {
            second.or(&first)
        })
    }
}

/// The clients of a run.
pub(crate) struct Crew {
    pub(crate) stage: Stage,
    pub(crate) try_ons: Control,
    writers: Vec<JoinHandle<()>>,
    watchers: Vec<(String, Told, JoinHandle<()>)>,
    epoch: String,
    discarded: BTreeSet<u64>,
}

impl Crew {
    /// Sets the usual clients to work.
    pub(crate) async fn start(
        system: &System,
        history: History,
        random: &Random,
    ) -> anyhow::Result<Self> {
        Self::start_with(system, history, random, &Cast::default()).await
    }

    /// Sets these clients to work.
    pub(crate) async fn start_with(
        system: &System,
        history: History,
        random: &Random,
        cast: &Cast,
    ) -> anyhow::Result<Self> {
        let stage = Stage::new(history);
        let epoch = system.log().await?.epoch().to_string();
        let try_ons = Control::default();
        let mut writers = vec![];
        if !system.workers.is_empty() {
            let (shopper, person, garment) = system.fitting_room().await?;
            let asking = request_try_ons(
                stage.clone(),
                try_ons.clone(),
                shopper,
                (person, garment),
                (cast.prefix, cast.try_ons),
            );
            writers.push(tokio::spawn(asking));
        }
        for writer in 0..cast.writers {
            let client = cast
                .caller(system, writer, "merchandiser")?
                .with_patience(Duration::from_secs(15));
            let name = format!("{}{writer}", cast.prefix);
            let writing = write_garments(stage.clone(), client, name, random.actor(writer));
            writers.push(tokio::spawn(writing));
        }
        let mut crew = Self {
            stage,
            try_ons,
            writers,
            watchers: vec![],
            epoch,
            discarded: BTreeSet::new(),
        };
        for (number, manner) in (0..).zip(&cast.watchers) {
            let client = cast.caller(system, number, "admin")?;
            crew.watch(client, *manner, random.actor(200 + number));
        }
        Ok(crew)
    }

    /// One more live client; answers what it is told.
    pub(crate) fn watch(&mut self, client: Client, manner: Manner, random: Random) -> Told {
        let told = Told::default();
        let shared = (Arc::clone(&told), self.stage.control.clone());
        let watching = watch(client, self.epoch.clone(), shared, manner, random);
        let name = format!("{manner:?} {}", self.watchers.len());
        self.watchers
            .push((name, Arc::clone(&told), tokio::spawn(watching)));
        told
    }

    /// What a person decided to leave out of the views.
    pub(crate) fn discard(&mut self, sequences: impl IntoIterator<Item = u64>) {
        self.discarded.extend(sequences);
    }

    /// Lets every command come to its end.
    pub(crate) async fn stop_writing(&mut self) -> anyhow::Result<()> {
        self.stage.control.stop();
        self.try_ons.stop();
        for writer in self.writers.drain(..) {
            writer.await.context("a writer failed")?;
        }
        Ok(())
    }

    /// Gathers evidence until nothing is missing any more: views and live clients soon, try-ons when their work is done,
    /// too. Answers it as it is then, or when time is up, and what there is to say of the time.
    pub(crate) async fn settle(
        self,
        system: &System,
        last_fault: Instant,
    ) -> anyhow::Result<Settled> {
        let (mut views, mut try_ons, mut owed) = (None, None, None);
        let (evidence, work) = loop {
            let evidence = match self.gather(system).await {
                Ok(evidence) => evidence,
                Err(error) if last_fault.elapsed() > CATCH_UP + GRACE => return Err(error),
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            };
            let missing: Vec<Promise> = check(&evidence)
                .iter()
                .map(|violation| violation.promise)
                .collect();
            let lack = |promises: &[Promise]| missing.iter().any(|one| promises.contains(one));
            if !lack(&[Promise::View, Promise::Watcher]) {
                views.get_or_insert_with(|| last_fault.elapsed());
            }
            if !lack(&[Promise::TryOnEnd]) {
                try_ons.get_or_insert_with(|| last_fault.elapsed());
            }
            let try_ons_so_far = TryOns::of(&evidence.log);
            // What was asked for and not done when everybody had stopped asking.
            let open = *owed.get_or_insert_with(|| try_ons_so_far.open());
            let work = try_ons_so_far.usual() * u32::try_from(open).unwrap_or(u32::MAX);
            let settled = !lack(&[Promise::View, Promise::Watcher, Promise::TryOnEnd]);
            if settled || last_fault.elapsed() > CATCH_UP + work + GRACE {
                break (evidence, work);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        for (_, _, watching) in self.watchers {
            watching.abort();
        }
        system.keep_logs(&self.stage.history.path().with_extension("logs"))?;
        let now = last_fault.elapsed();
        Ok(Settled {
            evidence,
            caught_up: views.unwrap_or(now),
            try_ons_ended: try_ons.unwrap_or(now),
            work,
        })
    }

    async fn gather(&self, system: &System) -> anyhow::Result<Evidence> {
        let log = read_log(system.nats.client().await?, "DRAPE_EVENTS", "drape.events").await?;
        let views = documents(system).await?;
        let told = |(name, told, _): &(String, Told, JoinHandle<()>)| Watcher {
            name: name.clone(),
            places: told.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        Ok(Evidence {
            history: self.stage.history.records(),
            log,
            views,
            watchers: self.watchers.iter().map(told).collect(),
            discarded: self.discarded.clone(),
        })
    }
}

/// The try-ons in a log.
#[derive(Debug, Default)]
struct TryOns {
    requested: usize,
    ended: usize,
    /// How long each of those took that succeeded.
    took: Vec<Duration>,
}

impl TryOns {
    fn of(log: &[LogEntry]) -> Self {
        let mut all = Self::default();
        for (name, data) in log.iter().flat_map(|entry| &entry.events) {
            match name.as_str() {
                "TryOnRequested" => all.requested += 1,
                "TryOnSucceeded" => {
                    all.ended += 1;
                    let took = data["duration_ms"].as_u64().unwrap_or_default();
                    all.took.push(Duration::from_millis(took));
                }
                "TryOnFailed" | "TryOnCancelled" => all.ended += 1,
                _ => {}
            }
        }
        all
    }

    fn open(&self) -> usize {
        self.requested.saturating_sub(self.ended)
    }

    /// How long one takes when nothing disturbs it: half of them were disturbed at most.
    fn usual(mut self) -> Duration {
        self.took.sort_unstable();
        let middle = self.took.len() / 2;
        self.took.get(middle).copied().unwrap_or_default()
    }
}

/// What a run came to in the end.
pub(crate) struct Settled {
    pub(crate) evidence: Evidence,
    /// When views and live clients had everything, after the last fault.
    caught_up: Duration,
    /// When the last try-on had ended.
    try_ons_ended: Duration,
    /// The honest work of what was asked for last.
    work: Duration,
}

async fn documents(system: &System) -> anyhow::Result<Documents> {
    let stored = stored(system.database_url()).await?;
    let document = |((view, id), document): ((&str, uuid::Uuid), serde_json::Value)| {
        ((view.to_owned(), id.to_string()), document)
    };
    Ok(stored.into_iter().map(document).collect())
}

/// Starts again what ended by itself, as whoever watches over it would. Answers how many had.
pub(crate) async fn revive(system: &mut System) -> anyhow::Result<usize> {
    let mut ended = 0;
    if !system.drape.is_alive() {
        system.start_drape()?;
        ended += 1;
    }
    if system
        .projector
        .as_mut()
        .is_some_and(|projector| !projector.is_alive())
    {
        system.start_projector()?;
        ended += 1;
    }
    for number in 0..system.workers.len() {
        if !system.workers[number].is_alive() {
            system.restart_worker(number)?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// Waits until commands are acknowledged, so that what comes next hits something.
pub(crate) async fn under_way(history: &History, commands: usize) {
    testkit::eventually_within(
        Duration::from_mins(1),
        "commands to be acknowledged",
        || async {
            let records = history.records();
            let done = records
                .iter()
                .filter(|record| record.phase == crate::history::Phase::Ok);
            (done.count() >= commands).then_some(())
        },
    )
    .await;
}

/// The report on a run of this crew, with the promise to catch up.
pub(crate) fn report(scenario: &str, seed: u64, blows: Vec<Blow>, settled: &Settled) -> Report {
    let mut report = Report::new(scenario, seed, blows, &settled.evidence);
    report.seconds("caught up after seconds", settled.caught_up);
    let (took, work) = (settled.try_ons_ended, settled.work);
    report.seconds("try-ons ended after s", took);
    report.seconds("of which may be work, s", work);
    let mut late = |what: &str, took: Duration, limit: Duration| {
        if took > limit {
            let said = format!("{what} {took:?} after the last fault, wanted {limit:?}");
            report.violations.push(said);
        }
    };
    late("caught up", settled.caught_up, CATCH_UP);
    late("the last try-on ended", took, CATCH_UP + work);
    report
}
