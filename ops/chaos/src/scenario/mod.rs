//! The scenarios: what is broken, under which load, and what must hold afterwards.

mod backup;
mod cluster;
mod crew;
mod disk_full;
mod duplicates;
mod fail_points;
mod kill_storm;
mod poison;
mod power_cut;
mod rolling_restart;
mod slow_sse;

use std::{path::PathBuf, time::Duration};

use crate::report::Report;

/// How a scenario is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Decides every fault and command.
    pub seed: u64,
    /// How long things are broken.
    pub time: Duration,
    /// Where the history goes.
    pub directory: PathBuf,
}

/// Names of all scenarios.
pub const SCENARIOS: [&str; 10] = [
    "kill-storm",
    "fail-points",
    "cluster",
    "power-cut",
    "disk-full",
    "duplicates",
    "poison",
    "slow-sse",
    "rolling-restart",
    "backup",
];

/// Runs one scenario.
pub async fn run(scenario: &str, settings: &Settings) -> anyhow::Result<Report> {
    std::fs::create_dir_all(&settings.directory)?;
    match scenario {
        "kill-storm" => kill_storm::run(settings).await,
        "fail-points" => fail_points::run(settings).await,
        "cluster" => cluster::run(settings).await,
        "power-cut" => power_cut::run(settings).await,
        "disk-full" => disk_full::run(settings).await,
        "duplicates" => duplicates::run(settings).await,
        "poison" => poison::run(settings).await,
        "slow-sse" => slow_sse::run(settings).await,
        "rolling-restart" => rolling_restart::run(settings).await,
        "backup" => backup::run(settings).await,
        other => anyhow::bail!("there is no scenario {other}: {}", SCENARIOS.join(", ")),
    }
}
