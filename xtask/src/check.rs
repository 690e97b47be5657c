//! `cargo xtask check`: every rule, all findings, one exit status.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

use crate::{cargo::cargo, paths, reasons, single, tiers};

pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let manifest = std::fs::read_to_string(root.join("Cargo.toml"))?;
    let lock = std::fs::read_to_string(root.join("Cargo.lock"))?;
    let metadata = metadata(root)?;
    let mut findings = tiers::findings(&metadata)?;
    findings.extend(single::findings(&metadata, &lock));
    findings.extend(reasons::findings(&manifest));
    findings.extend(paths::findings(root, &files(root)?));
    for finding in &findings {
        eprintln!("error: {finding}");
    }
    if !findings.is_empty() {
        bail!("{} finding(s)", findings.len());
    }
    println!("xtask check: tiers, users of packages, versions, reasons and paths are in order");
    Ok(())
}

fn metadata(root: &Path) -> anyhow::Result<serde_json::Value> {
    let printed = cargo(root)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .output()
        .context("cannot run cargo metadata")?;
    if !printed.status.success() {
        bail!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&printed.stderr)
        );
    }
    Ok(serde_json::from_slice(&printed.stdout)?)
}

/// Files that are, or would be, committed.
fn files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let printed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .context("cannot run git ls-files")?;
    if !printed.status.success() {
        bail!(
            "git ls-files failed: {}",
            String::from_utf8_lossy(&printed.stderr)
        );
    }
    let names = String::from_utf8(printed.stdout)?;
    Ok(names
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect())
}
