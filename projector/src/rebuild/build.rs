//! Commits into the new generation, up to a sequence.

use std::pin::pin;

use futures::StreamExt;
use jetstream_es::{EventLog, SubjectFilter};

use crate::{checkpoint::Checkpoint, error::Stop, read_ahead::read_ahead, write::Writer};

/// Applies everything after the checkpoint up to and with `upto`, and tells of each step.
pub(crate) async fn build(
    log: &EventLog,
    filter: SubjectFilter,
    writer: &mut Writer,
    checkpoint: &mut Checkpoint,
    upto: u64,
    page_size: usize,
    mut tell: impl FnMut(u64),
) -> Result<(), Stop> {
    let pages = read_ahead(log.clone(), filter, checkpoint.clone(), upto, page_size);
    let mut pages = pin!(pages);
    while let Some(page) = pages.next().await {
        let page = page?;
        writer.apply(checkpoint, &page.commits, &page.end).await?;
        tell(checkpoint.sequence);
    }
    Ok(())
}
