//! `openapi.json`: the document that the binary prints.

use std::{path::Path, process::Command};

use anyhow::{Context, bail};

use crate::{
    cargo::cargo,
    generated::{Files, Mode, settle},
};

pub(crate) fn run(root: &Path, mode: Mode) -> anyhow::Result<()> {
    let wanted = Files::from([("openapi.json".to_owned(), printed(root, &["openapi"])?)]);
    settle(root, "openapi.json", &wanted, mode, "cargo xtask openapi")
}

/// What the program `drape` prints, built from the code as it is now.
pub(crate) fn printed(root: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    // The selection of ops/up: with another one, cargo would compile half of the dependencies anew.
    let built = cargo(root)
        .args(["build", "--quiet", "--workspace", "--bins"])
        .status()
        .context("cannot run cargo")?;
    if !built.success() {
        bail!("the programs do not compile");
    }
    // Beside this program.
    let drape = std::env::current_exe()?.with_file_name("drape");
    let printed = Command::new(&drape)
        .args(arguments)
        .output()
        .with_context(|| format!("cannot run {}", drape.display()))?;
    if !printed.status.success() {
        bail!(
            "`drape {}` failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&printed.stderr)
        );
    }
    Ok(printed.stdout)
}
