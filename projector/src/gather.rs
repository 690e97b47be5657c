//! A batch of what a stream has ready.

use std::time::Duration;

use futures::{FutureExt, Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

/// How much goes into one batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Commits at most.
    pub(crate) limit: usize,
    /// How long may be gathered what is there.
    pub(crate) time: Duration,
    /// How long something that is wanted is waited for, behind what is not.
    pub(crate) idle: Duration,
}

/// Waits for one commit and takes what is there behind it. While nothing of that is wanted it waits a moment for more: a batch costs a
/// transaction, whatever is in it. The batch stays empty only when the stream ended. May be given up and called again with the same
/// batch: nothing that was taken is lost.
pub(crate) async fn gather<C>(
    mut commits: impl Stream<Item = C> + Unpin,
    batch: &mut Vec<C>,
    bounds: Bounds,
    is_wanted: impl Fn(&C) -> bool,
) {
    if batch.is_empty() {
        batch.extend(commits.next().await);
    }
    let begun = Instant::now();
    let mut looked_at = 0;
    loop {
        while batch.len() < bounds.limit && begun.elapsed() < bounds.time {
            match commits.next().now_or_never().flatten() {
                Some(commit) => batch.push(commit),
                None => break,
            }
        }
        let newer = batch.get(looked_at..).unwrap_or_default();
        let has_wanted = newer.iter().any(&is_wanted);
        looked_at = batch.len();
        if batch.is_empty() || has_wanted || batch.len() >= bounds.limit {
            return;
        }
        match timeout_at(begun + bounds.idle, commits.next()).await {
            Ok(Some(commit)) => batch.push(commit),
            Ok(None) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{channel::mpsc::unbounded, stream};

    use super::*;

    const BOUNDS: Bounds = Bounds {
        limit: 5,
        time: Duration::from_secs(1),
        idle: Duration::from_mins(1),
    };

    #[tokio::test]
    async fn behind_what_is_wanted_nothing_is_waited_for() {
        let (sender, commits) = unbounded();
        for number in [1, 2, 30] {
            sender.unbounded_send(number).unwrap();
        }
        let mut batch = vec![];
        let begun = Instant::now();
        gather(commits, &mut batch, BOUNDS, |number| *number >= 30).await;
        assert_eq!(batch, [1, 2, 30]);
        assert!(begun.elapsed() < BOUNDS.idle);
    }

    #[tokio::test]
    async fn what_is_not_wanted_waits_for_more_and_not_for_ever() {
        let (sender, mut commits) = unbounded();
        let bounds = Bounds {
            idle: Duration::from_millis(20),
            ..BOUNDS
        };
        sender.unbounded_send(1).unwrap();
        let mut batch = vec![];
        let begun = Instant::now();
        gather(&mut commits, &mut batch, bounds, |_| false).await;
        assert_eq!(batch, [1]);
        assert!(begun.elapsed() >= bounds.idle);

        // Given up while it waits, and called again: nothing is lost or doubled.
        let mut batch = vec![];
        sender.unbounded_send(2).unwrap();
        let waiting = gather(&mut commits, &mut batch, BOUNDS, |number| *number >= 30);
        let given_up = tokio::time::timeout(bounds.idle, waiting).await;
        assert!(given_up.is_err());
        sender.unbounded_send(30).unwrap();
        gather(&mut commits, &mut batch, BOUNDS, |number| *number >= 30).await;
        assert_eq!(batch, [2, 30]);
    }

    #[tokio::test]
    async fn a_batch_has_a_limit_and_is_empty_when_the_stream_ends() {
        let mut commits = stream::iter(1..=7);
        let mut batch = vec![];
        gather(&mut commits, &mut batch, BOUNDS, |_| false).await;
        assert_eq!(batch, [1, 2, 3, 4, 5]);
        let mut batch = vec![];
        gather(&mut commits, &mut batch, BOUNDS, |_| false).await;
        assert_eq!(batch, [6, 7]);
        let mut batch = vec![];
        gather(&mut commits, &mut batch, BOUNDS, |_| false).await;
        assert!(batch.is_empty());
    }
}
