//! `drape doctor hunt`: does any consumer ever skip or double an event? Writers, live tails, live HTTP clients and views work
//! while the processes between them are killed; then everything is counted.
//!
//! Never touches a log that is there: it works in servers of its own, or in a stream and a database of its own on the
//! configured ones.

mod consumers;
mod kills;
mod place;
mod role;
mod tally;
mod writers;

use std::{
    fmt::Write as _,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::Args;

use self::{consumers::Consumers, kills::Kills, place::Place, tally::Tally, writers::Written};
use crate::{cli, config::Config};

/// How the hunt is done.
#[derive(Debug, Clone, Args)]
pub(crate) struct HuntOptions {
    /// How long to write, in seconds.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    secs: u64,
    /// Stop sooner, after so many acknowledged commands.
    #[arg(long)]
    commands: Option<u64>,
    /// How many times a process is killed meanwhile.
    #[arg(long, default_value_t = 6)]
    kills: u32,
    /// Writers at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=512))]
    writers: u16,
    /// Use the configured servers, with a stream and a database made for the hunt and removed after it. Only roles of drape
    /// are killed then, no servers.
    #[arg(long)]
    configured: bool,
}

/// After the last command every consumer must have everything within this.
const CATCH_UP: Duration = Duration::from_mins(2);

/// Hunts, prints a table, and fails if anything was skipped or doubled.
pub(crate) async fn run(config: &Config, options: &HuntOptions) -> anyhow::Result<ExitCode> {
    // A second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut place = if options.configured {
        Place::configured(config).await?
    } else {
        Place::own().await?
    };
    let done = hunt(&mut place, options).await;
    place.remove().await?;
    let (text, clean) = done?;
    cli::print(&text)?;
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn hunt(place: &mut Place, options: &HuntOptions) -> anyhow::Result<(String, bool)> {
    place.start_roles().await?;
    let log = place.log().await?;
    let consumers = Consumers::start(&log, place.http())?;
    let written = Arc::new(Written::default());
    let began = Instant::now();
    let limit = Duration::from_secs(options.secs);
    let writers = writers::start(place.http(), options.writers, &written)?;
    let mut kills = Kills::new(options.kills, options.configured);
    loop {
        let acknowledged = written.count();
        let share = |done: u64, of: u64| (done.saturating_mul(1_000_000)) / of.max(1);
        let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let by_time = share(elapsed, options.secs * 1_000);
        let by_count = options
            .commands
            .map_or(0, |commands| share(acknowledged, commands));
        let progress = by_time.max(by_count);
        // Kills that took long are made up for: each that was asked for is done.
        if (progress >= 1_000_000 || began.elapsed() > limit) && kills.are_done() {
            break;
        }
        kills.strike_if_due(place, progress).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    place.revive()?;
    written.stop();
    for writer in writers {
        writer.await.context("a writer failed")?;
    }
    let writing = began.elapsed();
    let last = log.last_sequence().await?;
    ensure!(last > 0, "nothing was written: no kill hit anything");
    consumers.wait_for(last, CATCH_UP).await;
    let tallies = tally::count(&log, &written, &consumers, place.database(), CATCH_UP).await?;
    let unanswered = written.answers_lost();
    let rate = written.count() * 1_000 / u64::try_from(writing.as_millis()).unwrap_or(1).max(1);
    let mut text = tally::table(&tallies);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{} acknowledged in {:.0} s ({rate}/s), {unanswered} answers lost; {kills}",
        written.count(),
        writing.as_secs_f64()
    );
    let clean = tallies.iter().all(Tally::is_clean);
    if kills.count() > 0 && unanswered == 0 {
        text.push_str(
            "No kill cost anybody an answer: this proves little. Hunt for longer or kill more.\n",
        );
    }
    Ok((text, clean))
}
