//! The usual load on a whole system, and the wait until everything has caught up.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use anyhow::Context;
use e2e::{System, stored};
use tokio::{task::JoinHandle, time::Instant};

use crate::{
    check::{Evidence, Promise, Watcher, check},
    fault::Blow,
    history::History,
    load::{Control, Manner, Stage, Told, request_try_ons, watch, write_garments},
    observed::{Documents, read_log},
    random::Random,
    report::Report,
};

/// How many merchandisers write at once.
const WRITERS: u64 = 6;
/// How many live clients of each manner.
const MANNERS: [Manner; 3] = [Manner::Steady, Manner::Fickle, Manner::Slow];

/// After the last fault everything must have caught up within this.
const CATCH_UP: Duration = Duration::from_secs(20);
/// And every try-on have ended within this: that is work, and the machine may be busy.
const TRY_ONS_END: Duration = Duration::from_secs(90);

/// The clients of a run.
pub(crate) struct Crew {
    pub(crate) stage: Stage,
    pub(crate) try_ons: Control,
    writers: Vec<JoinHandle<()>>,
    watchers: Vec<(String, Told, JoinHandle<()>)>,
}

impl Crew {
    /// Sets the clients to work.
    pub(crate) async fn start(
        system: &System,
        history: History,
        random: &Random,
    ) -> anyhow::Result<Self> {
        let stage = Stage::new(history);
        let epoch = system.log().await?.epoch().to_string();
        let mut watchers = vec![];
        for (number, manner) in MANNERS.into_iter().enumerate() {
            let told = Told::default();
            let client = system.caller("admin")?;
            let random = random.actor(200 + number as u64);
            let watching = watch(client, epoch.clone(), Arc::clone(&told), manner, random);
            watchers.push((format!("{manner:?}"), told, tokio::spawn(watching)));
        }
        let try_ons = Control::default();
        let mut writers = vec![];
        if !system.workers.is_empty() {
            let (shopper, person, garment) = system.fitting_room().await?;
            let every = Duration::from_secs(5);
            let asking = request_try_ons(
                stage.clone(),
                try_ons.clone(),
                shopper,
                (person, garment),
                every,
            );
            writers.push(tokio::spawn(asking));
        }
        for writer in 0..WRITERS {
            let client = system
                .caller("merchandiser")?
                .with_patience(Duration::from_secs(15));
            let writing = write_garments(stage.clone(), client, writer, random.actor(writer));
            writers.push(tokio::spawn(writing));
        }
        Ok(Self {
            stage,
            try_ons,
            writers,
            watchers,
        })
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

    /// Gathers evidence until nothing is missing any more: views and live clients soon, try-ons when their work is done.
    /// Answers it as it is then, or at the deadline of try-ons, and when everything else had caught up.
    pub(crate) async fn settle(
        self,
        system: &System,
        last_fault: Instant,
    ) -> anyhow::Result<(Evidence, Duration)> {
        let mut caught_up = None;
        let evidence = loop {
            let evidence = match self.gather(system).await {
                Ok(evidence) => evidence,
                Err(error) if last_fault.elapsed() > TRY_ONS_END => return Err(error),
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            };
            let missing: Vec<Promise> = check(&evidence)
                .iter()
                .map(|violation| violation.promise)
                .collect();
            let late = [Promise::View, Promise::Watcher];
            if !missing.iter().any(|promise| late.contains(promise)) {
                caught_up.get_or_insert_with(|| last_fault.elapsed());
            }
            let open = [Promise::View, Promise::Watcher, Promise::TryOnEnd];
            let settled = !missing.iter().any(|promise| open.contains(promise));
            if settled || last_fault.elapsed() > TRY_ONS_END {
                break evidence;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        for (_, _, watching) in self.watchers {
            watching.abort();
        }
        Ok((evidence, caught_up.unwrap_or_else(|| last_fault.elapsed())))
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
        })
    }
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
pub(crate) fn report(
    scenario: &str,
    seed: u64,
    blows: Vec<Blow>,
    (evidence, caught_up): &(Evidence, Duration),
) -> Report {
    let mut report = Report::new(scenario, seed, blows, evidence);
    report.seconds("caught up after seconds", *caught_up);
    if *caught_up > CATCH_UP {
        let late = format!("caught up {caught_up:?} after the last fault, wanted {CATCH_UP:?}");
        report.violations.push(late);
    }
    report
}
