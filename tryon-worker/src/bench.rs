//! `drape-tryon-worker models bench`: what a try-on costs when nothing, the garment, or both pictures are known, and what
//! each network costs.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;
use tryon_worker::engine::{Engine, TryOnError};
use tryon_worker::service::TryOn;

use crate::evaluate::Case;

/// What was measured. All times are in milliseconds.
#[derive(Serialize)]
pub(crate) struct Found {
    /// The engine, its packs, and the onnxruntime that runs their networks if one does.
    engine: String,
    /// One entry a case that is not refused.
    cases: Vec<Measured>,
    refused: Vec<String>,
    networks: Vec<NetworkTimes>,
    /// The most memory that the process has held, in MiB, where the system tells.
    peak_mib: Option<u64>,
}

#[derive(Serialize)]
struct Measured {
    name: String,
    /// Neither picture is known.
    cold: Times,
    /// The garment is known, the person is not.
    person_cold: Times,
    /// Both are known.
    warm: Times,
}

#[derive(Serialize)]
struct Times {
    total_ms: f64,
    stages: Vec<(&'static str, f64)>,
}

#[derive(Serialize)]
struct NetworkTimes {
    name: &'static str,
    /// Each look while nothing else runs.
    alone_ms: Vec<f64>,
    /// Each look while as many run as there are processors.
    together_ms: Vec<f64>,
    /// How many these are.
    together: usize,
}

/// Measures the try-ons of `list`, each cold, with only the garment known, and with both known; then the networks.
pub(crate) fn run(engine: &Engine, list: &Path, looks: usize) -> anyhow::Result<Found> {
    let (mut cases, mut refused) = (Vec::new(), Vec::new());
    let mut first = true;
    for case in Case::read_all(list)? {
        let case = case?;
        if first {
            // Not counted: the allocator and the networks' buffers are cold too.
            time(engine, &case)?;
            first = false;
        }
        engine.forget_people();
        engine.forget_garments();
        let Some(cold) = time(engine, &case)? else {
            refused.push(case.name);
            continue;
        };
        engine.forget_people();
        let person_cold = time(engine, &case)?.context("refused when it is repeated")?;
        let warm = time(engine, &case)?.context("refused when it is repeated")?;
        cases.push(Measured {
            name: case.name,
            cold,
            person_cold,
            warm,
        });
    }
    Ok(Found {
        engine: TryOn::describe(engine).label(),
        cases,
        refused,
        peak_mib: peak_mib(),
        networks: networks(engine, looks)?,
    })
}

/// The stages of one try-on; none when it is refused.
fn time(engine: &Engine, case: &Case) -> anyhow::Result<Option<Times>> {
    let since = Instant::now();
    match engine.try_on(&case.input(), |_, _| ControlFlow::Continue(())) {
        Ok(output) => Ok(Some(Times {
            total_ms: since.elapsed().as_secs_f64() * 1e3,
            stages: output
                .stages
                .iter()
                .map(|(s, ms)| (s.name(), *ms))
                .collect(),
        })),
        Err(TryOnError::Refused(_)) => Ok(None),
        Err(other) => Err(other).context(case.name.clone()),
    }
}

fn networks(engine: &Engine, looks: usize) -> anyhow::Result<Vec<NetworkTimes>> {
    let together = std::thread::available_parallelism()?.get();
    let alone = engine.time_looks(looks)?;
    let mut found: Vec<NetworkTimes> = alone
        .into_iter()
        .map(|(name, times)| NetworkTimes {
            name,
            alone_ms: in_ms(&times),
            together_ms: Vec::new(),
            together,
        })
        .collect();
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..together)
            .map(|_| scope.spawn(|| engine.time_looks(looks)))
            .collect();
        threads
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect::<Vec<_>>()
    });
    for times in all {
        let times = times.map_err(|_| anyhow::anyhow!("a look panicked"))??;
        for (network, (_, times)) in found.iter_mut().zip(times) {
            network.together_ms.extend(in_ms(&times));
        }
    }
    Ok(found)
}

fn in_ms(times: &[Duration]) -> Vec<f64> {
    times.iter().map(|t| t.as_secs_f64() * 1e3).collect()
}

fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib >> 10)
}

/// Writes the findings: everything as JSON, or the medians for people.
pub(crate) fn print(found: &Found, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    if json {
        return Ok(writeln!(out, "{}", serde_json::to_string(found)?)?);
    }
    let total = |of: fn(&Measured) -> &Times| {
        median(found.cases.iter().map(|case| of(case).total_ms).collect())
    };
    writeln!(out, "{}", found.engine)?;
    writeln!(
        out,
        "{} try-ons: cold {:.0} ms, garment known {:.0} ms, both known {:.0} ms",
        found.cases.len(),
        total(|c| &c.cold),
        total(|c| &c.person_cold),
        total(|c| &c.warm),
    )?;
    for network in &found.networks {
        writeln!(
            out,
            "{:8} one look {:.1} ms alone, {:.1} ms beside {} others",
            network.name,
            median(network.alone_ms.clone()),
            median(network.together_ms.clone()),
            network.together.saturating_sub(1),
        )?;
    }
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
