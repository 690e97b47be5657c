//! The scenarios: what is broken, under which load, and what must hold afterwards.

mod crew;
mod kill_storm;
mod power_cut;

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
pub const SCENARIOS: [&str; 2] = ["kill-storm", "power-cut"];

/// Runs one scenario.
pub async fn run(scenario: &str, settings: &Settings) -> anyhow::Result<Report> {
    std::fs::create_dir_all(&settings.directory)?;
    match scenario {
        "kill-storm" => kill_storm::run(settings).await,
        "power-cut" => power_cut::run(settings).await,
        other => anyhow::bail!("there is no scenario {other}: {}", SCENARIOS.join(", ")),
    }
}
