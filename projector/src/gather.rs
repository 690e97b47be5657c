//! A batch of what a stream has ready.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, Stream, StreamExt};
use jetstream_es::Commit;
use tokio::time::Instant;

/// Waits for one commit and takes what is there behind it. Empty only when the stream ended.
pub(crate) async fn gather<S: Stream<Item = Arc<Commit>> + Unpin>(
    mut commits: S,
    limit: usize,
    time: Duration,
) -> Vec<Arc<Commit>> {
    let mut batch = Vec::new();
    batch.extend(commits.next().await);
    let deadline = Instant::now() + time;
    while batch.len() < limit && Instant::now() < deadline {
        match commits.next().now_or_never().flatten() {
            Some(commit) => batch.push(commit),
            None => break,
        }
    }
    batch
}
