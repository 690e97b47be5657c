//! Repository chores: rules that rustc and clippy cannot see, and files that are generated.
//!
//! - `cargo xtask check`: tiers, who may use which package, a reason for each dependency, no machine's paths.
//! - `cargo xtask sqlx [--check]`: renews (or compares) the committed descriptions of all SQL.
//! - `cargo xtask openapi [--check]`: renews (or compares) `openapi.json`.
//! - `cargo xtask asyncapi [--check]`: renews (or compares) `asyncapi.json` and the catalogue in `docs/events.md`.
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a command-line tool"
)]

mod asyncapi;
mod cargo;
mod check;
mod generated;
mod openapi;
mod paths;
mod reasons;
mod single;
mod sqlx;
mod tiers;

use std::{path::Path, process::ExitCode};

const USAGE: &str = "usage: cargo xtask check | cargo xtask sqlx [--check] | cargo xtask openapi [--check] | \
                     cargo xtask asyncapi [--check]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *arguments.as_slice() {
        ["check"] => check::run(root()),
        ["sqlx"] => sqlx::run(root(), generated::Mode::Renew),
        ["sqlx", "--check"] => sqlx::run(root(), generated::Mode::Compare),
        ["openapi"] => openapi::run(root(), generated::Mode::Renew),
        ["openapi", "--check"] => openapi::run(root(), generated::Mode::Compare),
        ["asyncapi"] => asyncapi::run(root(), generated::Mode::Renew),
        ["asyncapi", "--check"] => asyncapi::run(root(), generated::Mode::Compare),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace: the folder above this crate's.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
