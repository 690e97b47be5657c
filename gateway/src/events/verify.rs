//! `drape events verify`

use std::{fmt::Write as _, process::ExitCode};

use jetstream_es::EventLog;

use super::bar::{bar, mover};
use crate::cli;

pub(super) async fn run(log: &EventLog) -> anyhow::Result<ExitCode> {
    let bar = bar();
    let report = replay::verify(log, query_api::event_schemas()?, mover(&bar)).await?;
    bar.finish_and_clear();
    let mut text = String::new();
    writeln!(
        text,
        "{} commits with {} events of {} aggregates in epoch {}",
        report.commits,
        report.events,
        report.aggregates,
        log.epoch()
    )?;
    if report.problems == 0 {
        writeln!(
            text,
            "sequence, versions, schemas and checksums are in order"
        )?;
        return cli::print(&text);
    }
    writeln!(text, "{} problems; the first:", report.problems)?;
    for finding in &report.first {
        writeln!(
            text,
            "  {}  {}: {}",
            finding.position, finding.aggregate, finding.problem
        )?;
    }
    cli::print(&text)?;
    Ok(ExitCode::FAILURE)
}
