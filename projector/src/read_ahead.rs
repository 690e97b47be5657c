//! A stretch of the log in large pages, read while the page before is being applied.

use futures::{Stream, StreamExt, stream};
use jetstream_es::{Commit, EventLog, LogError, SubjectFilter};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::checkpoint::Checkpoint;

/// Pages that are ready before they are asked for.
const AHEAD: usize = 2;

/// Some commits, and where a view stands that has applied them.
pub(crate) struct Page {
    pub(crate) commits: Vec<Commit>,
    pub(crate) end: Checkpoint,
}

/// What the filter wants after `from` up to and with `upto`, in order. The last page ends exactly at `upto`; a failure
/// ends the stream.
pub(crate) fn read_ahead(
    log: EventLog,
    filter: SubjectFilter,
    from: Checkpoint,
    upto: u64,
    size: usize,
) -> impl Stream<Item = Result<Page, LogError>> + Send {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let reader = AbortOnDropHandle::new(tokio::spawn(async move {
        let mut from = from;
        while from.sequence < upto {
            let page = page(&log, &filter, &from, upto, size).await;
            let next = page.as_ref().ok().map(|page| page.end.clone());
            if sender.send(page).await.is_err() {
                return;
            }
            let Some(next) = next else { return };
            from = next;
        }
    }));
    let pages = stream::unfold(receiver, |mut receiver| async move {
        let page = receiver.recv().await?;
        Some((page, receiver))
    });
    // The reader ends with the stream.
    pages.map(move |page| {
        let _ = &reader;
        page
    })
}

async fn page(
    log: &EventLog,
    filter: &SubjectFilter,
    from: &Checkpoint,
    upto: u64,
    size: usize,
) -> Result<Page, LogError> {
    let read = log.read(from.sequence, filter, size).await?;
    let mut commits = read.commits;
    commits.retain(|commit| commit.position.sequence <= upto);
    let through = read.through.min(upto);
    let end = match commits.last() {
        Some(last) if last.position.sequence == through => from.moved_to(last),
        Some(_) | None => match log.commit_at(through).await? {
            Some(commit) => from.moved_to(&commit),
            // Nothing stands there: the log was cut since.
            None => return Err(LogError::Disconnected),
        },
    };
    Ok(Page { commits, end })
}
