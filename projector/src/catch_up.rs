//! A generation brought up to a sequence in large batches: each is read while the one before it is applied, and only what
//! the view wants is read. For what is far behind: a new generation, an earlier moment, a view after an outage.

use std::pin::pin;

use futures::StreamExt;
use jetstream_es::EventLog;

use crate::{
    checkpoint::Checkpoint, error::Stop, read_ahead::read_ahead, view::AnyView, write::Writer,
};

/// Applies everything after the checkpoint up to and with `upto`, and tells of each step.
pub(crate) async fn catch_up(
    log: &EventLog,
    view: AnyView,
    writer: &mut Writer,
    checkpoint: &mut Checkpoint,
    upto: u64,
    page_size: usize,
    mut tell: impl FnMut(u64),
) -> Result<(), Stop> {
    let from = checkpoint.clone();
    let pages = read_ahead(log.clone(), view.filter(), from, upto, page_size);
    let mut pages = pin!(pages);
    while let Some(page) = pages.next().await {
        let page = page?;
        writer.apply(checkpoint, &page.commits, &page.end).await?;
        tell(checkpoint.sequence);
    }
    Ok(())
}
