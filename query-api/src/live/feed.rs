//! One follower of the log for all streams of this process.

use std::{
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::response::sse::Event;
use futures::StreamExt;
use jetstream_es::Commit;
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::{sleep, timeout},
};
use tracing::warn;

use super::message::frames_of;
use crate::{
    audience::{Audience, audiences},
    query_api::Inner,
};

/// Commits that are prepared at once.
const BATCH: usize = 256;

/// Commits that were heard and wait until all views have them; more are not read.
const AHEAD: usize = 1_024;

/// A commit and who may be told.
#[derive(Debug)]
pub(crate) struct LiveCommit {
    pub(crate) commit: Arc<Commit>,
    pub(crate) audience: Audience,
    /// What is sent of it, written once for all who are told.
    frames: OnceLock<Vec<Event>>,
}

impl LiveCommit {
    pub(crate) fn new(commit: Arc<Commit>, audience: Audience) -> Self {
        Self {
            commit,
            audience,
            frames: OnceLock::new(),
        }
    }

    /// One message per event.
    pub(crate) fn frames(&self) -> &[Event] {
        self.frames.get_or_init(|| frames_of(&self.commit))
    }
}

/// The bounded ring of what was just told. Holds only what all views have.
#[derive(Debug)]
pub(crate) struct LiveFeed {
    ring: broadcast::Sender<Arc<LiveCommit>>,
    told: AtomicU64,
    started: watch::Sender<bool>,
}

impl LiveFeed {
    pub(crate) fn new(ring: usize) -> Self {
        Self {
            ring: broadcast::Sender::new(ring.max(1)),
            told: AtomicU64::new(0),
            started: watch::Sender::new(false),
        }
    }

    /// What comes from now on. Everything after [`LiveFeed::told`], asked for afterwards, will be in it.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<LiveCommit>> {
        self.ring.subscribe()
    }

    /// The last sequence that was told, or is being told at this moment.
    pub(crate) fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    /// Whether it was found out where "now" is, within `limit`.
    pub(crate) async fn has_started(&self, limit: Duration) -> bool {
        let mut started = self.started.subscribe();
        timeout(limit, started.wait_for(|started| *started))
            .await
            .is_ok_and(|started| started.is_ok())
    }

    /// Follows the log for ever.
    pub(crate) async fn run(&self, inner: &Inner) {
        let now = inner.checkpoints.all_at_least(0).await;
        self.told.store(now, Ordering::SeqCst);
        self.started.send_replace(true);
        inner.freshness.begin(now);
        let (heard, untold) = mpsc::channel(AHEAD);
        let hearing = async {
            let mut commits = pin!(inner.log.follow_all(now));
            while let Some(commit) = commits.next().await {
                inner.freshness.hear(&commit);
                if heard.send(commit).await.is_err() {
                    return;
                }
            }
        };
        tokio::join!(hearing, self.tell(inner, untold));
    }

    /// Tells of commits as soon as all views have them.
    async fn tell(&self, inner: &Inner, mut untold: mpsc::Receiver<Arc<Commit>>) {
        let mut batch = Vec::with_capacity(BATCH);
        while untold.recv_many(&mut batch, BATCH).await > 0 {
            let last = batch.last().map_or(0, |commit| commit.position.sequence);
            inner.checkpoints.all_at_least(last).await;
            let mut told = false;
            let audiences = loop {
                let finding = audiences(&inner.pool, &batch);
                match timeout(inner.options.database_timeout, finding).await {
                    Ok(Ok(audiences)) => break audiences,
                    Ok(Err(_)) | Err(_) if told => {}
                    Ok(Err(_)) | Err(_) => {
                        warn!(last, "live updates wait for the database");
                        told = true;
                    }
                }
                sleep(Duration::from_millis(250)).await;
            };
            for (commit, audience) in batch.drain(..).zip(audiences) {
                // In this order: whoever subscribes in between reads this commit from the log.
                self.told.store(commit.position.sequence, Ordering::SeqCst);
                // Nobody listening is no failure.
                let _ = self.ring.send(Arc::new(LiveCommit::new(commit, audience)));
            }
        }
    }
}
