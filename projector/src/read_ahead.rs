//! A stretch of the log in large pages, read while the page before is being applied.

use std::pin::pin;

use futures::{Stream, StreamExt, stream};
use jetstream_es::{Commit, EventLog, LogError, SubjectFilter};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::checkpoint::Checkpoint;

/// Pages that are ready before they are asked for.
const AHEAD: usize = 2;
/// A page of large commits ends earlier.
const PAGE_BYTES: usize = 16 << 20;

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
        let ended = read(&log, filter, from, upto, size, &sender).await;
        if let Err(failure) = ended {
            // Nobody listening is no failure.
            let _ = sender.send(Err(failure)).await;
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

async fn read(
    log: &EventLog,
    filter: SubjectFilter,
    mut from: Checkpoint,
    upto: u64,
    size: usize,
    pages: &mpsc::Sender<Result<Page, LogError>>,
) -> Result<(), LogError> {
    let mut commits = pin!(log.replay(from.sequence, upto, filter));
    let (mut page, mut bytes) = (Vec::with_capacity(size), 0);
    while let Some(commit) = commits.next().await {
        let commit = commit?;
        bytes += commit.message.body.len();
        page.push(commit);
        if page.len() >= size || bytes >= PAGE_BYTES {
            let full = std::mem::replace(&mut page, Vec::with_capacity(size));
            bytes = 0;
            from = end_of(&full, &from);
            if send(pages, full, &from).await.is_err() {
                return Ok(());
            }
        }
    }
    from = end_of(&page, &from);
    if from.sequence < upto {
        from = match log.commit_at(upto).await? {
            Some(commit) => from.moved_to(&commit),
            // Nothing stands there: the log was cut since.
            None => return Err(LogError::Disconnected),
        };
    } else if page.is_empty() {
        return Ok(());
    }
    // Nobody listening is no failure.
    let _ = send(pages, page, &from).await;
    Ok(())
}

fn end_of(page: &[Commit], from: &Checkpoint) -> Checkpoint {
    page.last()
        .map_or_else(|| from.clone(), |last| from.moved_to(last))
}

async fn send(
    pages: &mpsc::Sender<Result<Page, LogError>>,
    commits: Vec<Commit>,
    end: &Checkpoint,
) -> Result<(), mpsc::error::SendError<Result<Page, LogError>>> {
    let end = end.clone();
    pages.send(Ok(Page { commits, end })).await
}
