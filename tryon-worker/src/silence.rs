//! Keeps an onnxruntime from telling its makers how it is used.

use std::{env, os::unix::process::CommandExt, process::Command};

use anyhow::{Context, bail};
use tryon_worker::engine::Runtime;

/// Says to the onnxruntime that will be loaded that it is to be silent, which it takes from nothing but the environment. That of a running program
/// cannot be changed safely; so this one begins anew with it, as the same process.
pub(crate) fn keep() -> anyhow::Result<()> {
    match env::var_os(Runtime::SILENCE) {
        Some(value) if value == "1" => return Ok(()),
        Some(_) => bail!(
            "{} has to be 1 in the environment, or absent",
            Runtime::SILENCE
        ),
        None => {}
    }
    let program = env::current_exe().context("cannot tell which program this is")?;
    let mut anew = Command::new(program);
    anew.args(env::args_os().skip(1)).env(Runtime::SILENCE, "1");
    if let Some(name) = env::args_os().next() {
        anew.arg0(name);
    }
    // Comes back only where it failed.
    let error = anew.exec();
    Err(error).with_context(|| {
        format!(
            "set {}=1 in the environment: cannot begin anew with it",
            Runtime::SILENCE
        )
    })
}
