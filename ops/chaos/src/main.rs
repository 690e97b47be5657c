//! `ops/chaos/run`: runs scenarios and says what held.

use std::{
    hash::{BuildHasher as _, RandomState},
    io::Write as _,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use chaos::scenario::{SCENARIOS, Settings, run};
use clap::Parser;

/// Breaks a whole system at random, and checks that nothing is lost, doubled or reordered.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which scenario; all of them by default.
    #[arg(long)]
    scenario: Option<String>,
    /// Decides every fault; by default another each time.
    #[arg(long)]
    seed: Option<u64>,
    /// How long each scenario breaks things, in seconds.
    #[arg(long, default_value_t = 30)]
    secs: u64,
    /// Where histories and reports go.
    #[arg(long, default_value = "target/chaos")]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(any_seed);
    let scenarios = match &arguments.scenario {
        Some(one) => vec![one.as_str()],
        None => SCENARIOS.to_vec(),
    };
    let mut out = std::io::stdout();
    let mut code = ExitCode::SUCCESS;
    for scenario in scenarios {
        writeln!(out, "{scenario}: seed {seed}")?;
        let settings = Settings {
            seed,
            time: Duration::from_secs(arguments.secs),
            directory: arguments.out.clone(),
        };
        let report = match run(scenario, &settings).await {
            Ok(report) => report,
            // The others have their say, too.
            Err(error) => {
                writeln!(out, "{scenario} could not be run: {error:#}")?;
                code = ExitCode::FAILURE;
                continue;
            }
        };
        let path = arguments.out.join(format!("{scenario}.json"));
        std::fs::write(path, serde_json::to_string_pretty(&report)?)?;
        writeln!(out, "{report}")?;
        if !report.is_good() {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// A short number that is another each time.
fn any_seed() -> u64 {
    RandomState::new().hash_one("seed") >> 40
}
