//! `drape events count`

use std::{collections::BTreeMap, fmt::Write as _, pin::pin, process::ExitCode};

use futures::StreamExt;
use jetstream_es::EventLog;
use replay::{FilterText, Row, Selection};

use crate::cli;

pub(super) async fn run(
    log: &EventLog,
    filter: &FilterText,
    by_type: bool,
) -> anyhow::Result<ExitCode> {
    let filter = filter.parse()?;
    let stretch = filter.stretch(log).await?;
    let mut commits = pin!(filter.replay(log, stretch));
    let mut selection = Selection::new(filter.clone());
    let (mut total, mut types) = (0_u64, BTreeMap::<String, u64>::new());
    while let Some(commit) = commits.next().await {
        let commit = commit?;
        let chosen = selection.of(&commit);
        total += chosen.len() as u64;
        if by_type {
            Row::each(&commit, &chosen, |row| {
                *types.entry(row.event_type.to_owned()).or_default() += 1;
                Ok::<_, std::convert::Infallible>(())
            })?;
        }
        if selection.is_over() {
            break;
        }
    }
    let mut text = String::new();
    for (name, count) in types {
        writeln!(text, "{count:>12} {name}")?;
    }
    if by_type {
        writeln!(text, "{total:>12} in all")?;
    } else {
        writeln!(text, "{total}")?;
    }
    cli::print(&text)
}
