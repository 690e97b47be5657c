//! What a try-on costs: stage by stage with new and with known pictures, with its networks in tract and in onnxruntime.
//!
//! The engine is measured by the worker's own binary: this crate never compiles it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::{process::Command, time::timeout};

use crate::{
    closed_loop::median,
    report::{Report, Row, Wanted, say},
};

const WORKER: &str = "target/debug/drape-tryon-worker";
const PACK: &str = "tryon-worker/models/drape-2026.2";
/// Their files in the pack, in the order in which the worker tells of them.
const NETWORKS: [&str; 4] = [
    "drape-person.onnx",
    "drape-garment.onnx",
    "drape-settling.onnx",
    "drape-harmoniser.onnx",
];
const PEER: &str = "ops/bench/peers/onnx/onnx.py";
/// What one of the programs may take.
const LIMIT: Duration = Duration::from_mins(10);

/// `ops/bench/tryon`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Looks of each network.
    #[arg(long, default_value_t = 40)]
    looks: usize,
    /// The try-ons: JSON lines with name, person, garment (relative to this file) and category.
    #[arg(long, default_value = "ops/bench/tryon.jsonl")]
    list: PathBuf,
    /// A Python with onnxruntime.
    #[arg(long, default_value = "target/bench-onnx/bin/python")]
    python: PathBuf,
    /// The library that the worker makes the try-ons with once more.
    #[arg(long)]
    onnxruntime: Option<PathBuf>,
}

/// What the worker measured.
#[derive(Deserialize)]
struct Found {
    engine: String,
    cases: Vec<Case>,
    refused: Vec<String>,
    networks: Vec<Network>,
    peak_mib: Option<f64>,
}

#[derive(Deserialize)]
struct Case {
    cold: Times,
    person_cold: Times,
    warm: Times,
}

#[derive(Deserialize)]
struct Times {
    total_ms: f64,
    stages: Vec<(String, f64)>,
}

#[derive(Deserialize)]
struct Network {
    name: String,
    alone_ms: Vec<f64>,
    together_ms: Vec<f64>,
    together: usize,
}

/// How often onnxruntime is asked, before and after the worker: a busy machine is busy for both.
struct Peer {
    alone: Vec<Vec<f64>>,
    all_threads: Vec<Vec<f64>>,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("tryon");
    let mut peer = Peer {
        alone: vec![vec![]; NETWORKS.len()],
        all_threads: vec![vec![]; NETWORKS.len()],
    };
    say("networks in onnxruntime");
    peer.look(&options).await?;
    say("try-ons: with new pictures, with a known garment, with both known; then networks");
    let found: Found = told(worker(&options)).await?;
    let theirs: Option<Found> = match &options.onnxruntime {
        Some(library) => {
            say("the same, with the networks in onnxruntime");
            let mut worker = worker(&options);
            worker.env("DRAPE_ONNXRUNTIME", library);
            Some(told(worker).await?)
        }
        None => None,
    };
    say("networks in onnxruntime, again");
    peer.look(&options).await?;
    ensure!(
        !found.cases.is_empty() && found.networks.len() == NETWORKS.len(),
        "the worker measured nothing"
    );
    report.table(
        format!(
            "a try-on of {}, ms, median ({} refused)",
            found.cases.len(),
            found.refused.len()
        ),
        stages(&found.cases),
    );
    if let Some(theirs) = &theirs {
        report.table(
            format!("the same by {}, in ratio to it", theirs.engine),
            ratios(&theirs.cases, &found.cases),
        );
    }
    report.table(
        "one look of a network, ms, the best of all (others on the machine only add to it)",
        found
            .networks
            .iter()
            .enumerate()
            .map(|(i, network)| network_row(network, &peer, i))
            .collect(),
    );
    goals(&mut report, &found, &peer);
    report.end()
}

/// The worker, to measure the try-ons and the networks.
fn worker(options: &Options) -> Command {
    let mut worker = Command::new(WORKER);
    worker.args(["--pack", PACK, "models", "bench", "--json"]);
    worker.args(["--looks", &options.looks.to_string()]);
    worker.arg("--list").arg(&options.list);
    worker
}

fn goals(report: &mut Report, found: &Found, peer: &Peer) {
    let warm = totals(&found.cases, |case| &case.warm);
    let person_cold = totals(&found.cases, |case| &case.person_cold);
    report.goal(
        "both pictures known, p50 in ms",
        Wanted::AtMost(500.0),
        median(&warm),
    );
    report.goal(
        "the person new, p95 in ms",
        Wanted::AtMost(1_500.0),
        share(&person_cold, 0.95),
    );
    let warm_seconds = warm.iter().sum::<f64>() / 1_000.0;
    report.goal(
        "try-ons a second, both pictures known, one at a time",
        Wanted::AtLeast(2.0),
        warm.len() as f64 / warm_seconds,
    );
    if let Some(peak) = found.peak_mib {
        report.goal("memory at its peak, in MiB", Wanted::AtMost(700.0), peak);
    }
    for (i, network) in found.networks.iter().enumerate() {
        report.goal(
            format!("network {}, one thread, to onnxruntime", network.name),
            Wanted::AtMost(1.5),
            least(&network.alone_ms) / least(&peer.alone[i]),
        );
    }
}

impl Peer {
    /// Adds the times of one run with one thread and one with as many as there are processors.
    async fn look(&mut self, options: &Options) -> anyhow::Result<()> {
        let threads = std::thread::available_parallelism()?.get();
        for (threads, into) in [(1, &mut self.alone), (threads, &mut self.all_threads)] {
            let mut python = Command::new(&options.python);
            python.arg(PEER);
            python.args([options.looks.to_string(), threads.to_string()]);
            python.args(NETWORKS.map(|file| Path::new(PACK).join(file)));
            let times: Vec<Vec<f64>> = told(python).await?;
            for (into, times) in into.iter_mut().zip(times) {
                into.extend(times);
            }
        }
        Ok(())
    }
}

/// What a program says, as JSON.
async fn told<T: DeserializeOwned>(mut program: Command) -> anyhow::Result<T> {
    program.stderr(Stdio::inherit()).kill_on_drop(true);
    let name = program.as_std().get_program().display().to_string();
    let output = timeout(LIMIT, program.output())
        .await
        .with_context(|| format!("{name} took more than {} s", LIMIT.as_secs()))?
        .with_context(|| format!("cannot run {name}"))?;
    ensure!(output.status.success(), "{name} failed: {}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("{name} said something else"))
}

fn totals(cases: &[Case], of: fn(&Case) -> &Times) -> Vec<f64> {
    cases.iter().map(|case| of(case).total_ms).collect()
}

/// One line a stage, and one for all.
fn stages(cases: &[Case]) -> Vec<Row> {
    let names: Vec<&str> = cases[0]
        .cold
        .stages
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let line = |name: &str, of: &dyn Fn(&Times) -> f64| -> Row {
        let all = |case: fn(&Case) -> &Times| -> Value {
            json!(median(
                &cases.iter().map(|c| of(case(c))).collect::<Vec<_>>()
            ))
        };
        vec![
            ("stage", json!(name)),
            ("both new", all(|case| &case.cold)),
            ("the person new", all(|case| &case.person_cold)),
            ("both known", all(|case| &case.warm)),
        ]
    };
    let mut rows: Vec<Row> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            line(name, &|times| {
                times.stages.get(i).map_or(0.0, |stage| stage.1)
            })
        })
        .collect();
    rows.push(line("all", &|times| times.total_ms));
    let p95 = |of: fn(&Case) -> &Times| json!(share(&totals(cases, of), 0.95));
    rows.push(vec![
        ("stage", json!("all, p95")),
        ("both new", p95(|case| &case.cold)),
        ("the person new", p95(|case| &case.person_cold)),
        ("both known", p95(|case| &case.warm)),
    ]);
    rows
}

/// Of each line of [`stages`], by how much the figures of one are those of the other. Stages that take next to nothing say nothing.
fn ratios(of: &[Case], to: &[Case]) -> Vec<Row> {
    const LEAST_MS: f64 = 1.0;
    let ratio = |of: &Value, to: &Value| match (of.as_f64(), to.as_f64()) {
        (Some(of), Some(to)) if to >= LEAST_MS => json!(of / to),
        (None | Some(_), None | Some(_)) => Value::Null,
    };
    let rows = stages(of).into_iter().zip(stages(to));
    rows.map(|(of, to)| {
        let cells = of.into_iter().zip(to);
        cells
            .map(|((name, of), (_, to))| {
                let cell = if of.is_string() { of } else { ratio(&of, &to) };
                (name, cell)
            })
            .collect()
    })
    .collect()
}

fn network_row(network: &Network, peer: &Peer, i: usize) -> Row {
    let (alone, theirs) = (least(&network.alone_ms), least(&peer.alone[i]));
    // Of looks side by side each processor has one in hand; onnxruntime shares one look among its threads.
    let each = median(&network.together_ms) / network.together.max(1) as f64;
    let all_threads = median(&peer.all_threads[i]);
    vec![
        ("network", json!(network.name)),
        ("tract", json!(alone)),
        ("onnxruntime", json!(theirs)),
        ("ratio", json!(alone / theirs)),
        ("tract, all processors", json!(each)),
        ("onnxruntime, as many threads", json!(all_threads)),
        ("ratio of these medians", json!(each / all_threads)),
    ]
}

fn least(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(f64::INFINITY, f64::min)
}

/// What this share of all figures does not exceed; 0 of none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a length is a place in it"
)]
fn share(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_figures_is_one_of_them() {
        let figures: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert!((share(&figures, 0.95) - 19.0).abs() < 1e-9);
        assert!((share(&figures, 1.0) - 20.0).abs() < 1e-9);
        assert!(share(&[], 0.5).abs() < 1e-9);
    }
}
