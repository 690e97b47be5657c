//! `openapi.json`: the document that the binary prints.

use std::{path::Path, process::Command};

use anyhow::{Context, bail};

use crate::generated::{Files, Mode, settle};

pub(crate) fn run(root: &Path, mode: Mode) -> anyhow::Result<()> {
    let printed = Command::new("cargo")
        .args(["run", "--quiet", "--package", "gateway", "--bin", "drape"])
        .args(["--", "openapi"])
        .current_dir(root)
        .output()
        .context("cannot run cargo")?;
    if !printed.status.success() {
        bail!(
            "`drape openapi` failed: {}",
            String::from_utf8_lossy(&printed.stderr)
        );
    }
    let wanted = Files::from([("openapi.json".to_owned(), printed.stdout)]);
    settle(root, "openapi.json", &wanted, mode, "cargo xtask openapi")
}
