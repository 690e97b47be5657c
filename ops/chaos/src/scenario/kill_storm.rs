//! Everything is killed, again and again, at random, while everybody works.

use std::time::Duration;

use e2e::{Options, System};
use tokio::time::Instant;

use super::{
    Settings,
    crew::{Cast, Crew, report, revive, under_way},
};
use crate::{
    fault::{Plan, Victim, strike, void},
    history::History,
    random::Random,
    report::Report,
};

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut system = System::start(Options {
        separate_projector: true,
        workers: 1,
        ..Options::default()
    })
    .await?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("kill-storm.jsonl"))?;
    let cast = Cast {
        try_ons: Duration::from_secs(4),
        ..Cast::default()
    };
    let mut crew = Crew::start_with(&system, history.clone(), &random, &cast).await?;
    under_way(&history, 20).await;

    let (mut plan, mut blows, mut ended) = (Plan::new(random.actor(100)), vec![], 0);
    let over = Instant::now() + settings.time;
    // Each victim at least once, however short the time.
    while Instant::now() < over || blows.len() < Victim::ALL.len() {
        let (pause, victims, away) = plan.draw_blow();
        tokio::time::sleep(pause).await;
        blows.push(strike(&mut system, &history, (victims, away)).await?);
        ended += revive(&mut system).await?;
    }
    let last_fault = Instant::now();
    crew.try_ons.stop();
    tokio::time::sleep(Duration::from_secs(1)).await;
    crew.stop_writing().await?;
    let settled = crew.settle(&system, last_fault).await?;

    let mut report = report("kill-storm", settings.seed, blows, &settled);
    report.figure("ended by themselves", ended);
    report.void = void(&report.blows, &Victim::ALL, &history);
    Ok(report)
}
