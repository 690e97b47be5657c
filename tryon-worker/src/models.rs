//! `drape-tryon-worker models`: which packs are there, and whether they work on this machine.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tryon_worker::engine::{Engine, SelfTestReport, self_test};

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

/// One line per pack: its name and version when its files are what its manifest names, or why they are not.
pub(crate) fn list(folder: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    for pack in packs(folder)? {
        let said = match Engine::load(&pack) {
            Ok(engine) => engine.describe().packs.join(", "),
            Err(error) => format!("{:#}", anyhow::Error::new(error)),
        };
        writeln!(out, "{}\t{said}", pack.display())?;
    }
    Ok(())
}

/// Runs the self-tests of the pack in `pack`; whether all passed.
pub(crate) fn verify(pack: &Path, out: &mut impl Write) -> anyhow::Result<bool> {
    let reports = self_test(pack)?;
    for report in &reports {
        writeln!(
            out,
            "{:8} {}  areas differ by at most {:.0} px ({:.0} allowed), keypoints by {:.1} px ({:.1})",
            report.network,
            if report.passed() { "passed" } else { "FAILED" },
            report.pixels.0,
            report.pixels.1,
            report.keypoints.0,
            report.keypoints.1,
        )?;
    }
    Ok(reports.iter().all(SelfTestReport::passed))
}
