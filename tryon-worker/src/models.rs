//! `drape-tryon-worker models`: which packs are there, and whether they work on this machine.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tryon_worker::engine::{
    Difference, Engine, GENERATOR, Runtime, SelfTestReport, inspect, self_test,
};

/// The folders of packs in `folder`, by name.
pub(crate) fn packs(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.join("pack.toml").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// One line per pack: its name, version and licence when its files are what its manifest names, or why they are not.
pub(crate) fn list(folder: &Path, runtime: &Runtime, out: &mut impl Write) -> anyhow::Result<()> {
    for pack in packs(folder)? {
        let said = match inspect(&pack, runtime) {
            Ok(provenance) => format!("{provenance}\t{}", provenance.licence),
            Err(error) => format!("{:#}", anyhow::Error::new(error)),
        };
        writeln!(out, "{}\t{said}", pack.display())?;
    }
    Ok(())
}

/// Runs the self-tests of both packs, and has that in `generator` make something; whether all passed.
pub(crate) fn verify(
    pack: &Path,
    generator: Option<&Path>,
    runtime: &Runtime,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    if let Some(generator) = generator {
        let engine = Engine::load_with(pack, runtime.clone())?.with_generator(generator)?;
        let took = engine.time_looks(1)?;
        for (role, times) in took.iter().filter(|(role, _)| *role == GENERATOR) {
            writeln!(
                out,
                "{role:10} answers, in {:.0} ms",
                times[0].as_secs_f64() * 1e3
            )?;
        }
    }
    let mut reports = self_test(pack, runtime)?;
    if let Some(generator) = generator {
        reports.extend(self_test(generator, runtime)?);
    }
    for report in &reports {
        let passed = if report.passed() { "passed" } else { "FAILED" };
        let differences = report.differences.iter().map(|d| {
            let Difference { of, most, allowed } = d;
            format!("{of} differ by {most:.3} at most, {allowed} allowed")
        });
        let differences = differences.collect::<Vec<_>>().join("; ");
        writeln!(out, "{:10} {passed}  {differences}", report.network)?;
    }
    Ok(reports.iter().all(SelfTestReport::passed))
}
