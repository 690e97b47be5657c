//! `drape events tail`

use std::{
    io::{self, Write as _},
    pin::pin,
    process::ExitCode,
};

use futures::{FutureExt, StreamExt};
use jetstream_es::EventLog;
use replay::{FilterText, Ndjson, Selection};

/// Lines are kept back while more are there at once.
const FULL: usize = 64 << 10;

pub(super) async fn run(log: &EventLog, text: &FilterText) -> anyhow::Result<ExitCode> {
    let filter = text.parse()?;
    let (after, newest) = filter.stretch(log).await?;
    let start = if text.after.is_some() { after } else { newest };
    let mut commits = pin!(log.follow(start, filter.subjects()));
    let mut selection = Selection::new(filter.clone());
    let (mut rows, mut lines) = (Ndjson::default(), Vec::new());
    while !selection.is_over() {
        let Some(commit) = commits.next().await else {
            break;
        };
        let mut next = Some(commit);
        while let Some(commit) = next {
            let chosen = selection.of(&commit);
            rows.write(&commit, &chosen, &mut lines)?;
            next = if lines.len() >= FULL || selection.is_over() {
                None
            } else {
                commits.next().now_or_never().flatten()
            };
        }
        let mut out = io::stdout().lock();
        match out.write_all(&lines).and_then(|()| out.flush()) {
            // A reader that went away has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written?,
        }
        lines.clear();
    }
    Ok(ExitCode::SUCCESS)
}
