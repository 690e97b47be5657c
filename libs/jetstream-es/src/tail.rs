//! One reader of the log's end for everybody in this process who wants all of it.
//!
//! Ten readers that follow the log each make the server send, and this process parse, every commit ten times. Here one
//! does, and the others take what it read from a ring. Whoever is behind the ring, because it begins earlier or was slow,
//! reads by itself up to where the ring was; each step of the ring names the commit before it, so that a gap is seen.

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicU64, Ordering},
};

use futures::{Stream, stream};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::commit::Commit;
use crate::error::LogError;
use crate::follow::{Follower, Patience, lost_tail};
use crate::log::EventLog;
use crate::subject::SubjectFilter;

/// Commits that it keeps for followers who are a little behind.
const RING: usize = 1_024;

/// The tail of this process, while somebody follows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedTail(Arc<Mutex<Weak<Tail>>>);

#[derive(Debug)]
struct Tail {
    shared: Arc<Told>,
    reader: JoinHandle<()>,
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

#[derive(Debug)]
struct Told {
    ring: broadcast::Sender<Step>,
    /// The newest sequence that is in the ring, or is being put there at this moment.
    last: AtomicU64,
    /// Whether it was found out where the log ends.
    started: watch::Sender<bool>,
}

/// A commit, and where the reader was before it.
#[derive(Clone, Debug)]
struct Step {
    before: u64,
    commit: Arc<Commit>,
}

impl SharedTail {
    fn join(&self, log: &EventLog) -> Arc<Tail> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = current.upgrade() {
            return tail;
        }
        let told = Arc::new(Told {
            ring: broadcast::Sender::new(RING),
            last: AtomicU64::new(0),
            started: watch::Sender::new(false),
        });
        let tail = Arc::new(Tail {
            reader: tokio::spawn(Arc::clone(&told).read(log.clone())),
            shared: told,
        });
        *current = Arc::downgrade(&tail);
        tail
    }
}

impl Told {
    /// Reads from the end of the log, for ever.
    async fn read(self: Arc<Self>, log: EventLog) {
        let mut patience = Patience::default();
        let start = loop {
            match log.last_sequence().await {
                Ok(start) => break start,
                Err(failure) => patience.pause_after(&failure, 0).await,
            }
        };
        self.last.store(start, Ordering::SeqCst);
        self.started.send_replace(true);
        let mut follower = Follower::new(log, start, SubjectFilter::all());
        let mut before = start;
        loop {
            let commit = Arc::new(follower.next().await);
            let sequence = commit.position.sequence;
            // In this order: whoever joins in between reads this commit by itself.
            self.last.store(sequence, Ordering::SeqCst);
            // Nobody listening is no failure.
            let _ = self.ring.send(Step { before, commit });
            before = sequence;
        }
    }
}

/// A follower that takes from the tail what it can.
struct Sharer {
    log: EventLog,
    /// Sequence of the last commit that was handed out.
    last: u64,
    joined: Option<(Arc<Tail>, broadcast::Receiver<Step>)>,
    /// Everything up to here it reads by itself.
    alone_upto: u64,
    alone: Option<Follower>,
    patience: Patience,
}

pub(crate) fn follow_all(
    log: EventLog,
    after: u64,
) -> impl Stream<Item = Arc<Commit>> + Send + 'static {
    let sharer = Sharer {
        log,
        last: after,
        joined: None,
        alone_upto: 0,
        alone: None,
        patience: Patience::default(),
    };
    stream::unfold(sharer, |mut sharer| async move {
        let commit = sharer.next().await;
        Some((commit, sharer))
    })
}

impl Sharer {
    async fn next(&mut self) -> Arc<Commit> {
        loop {
            let commit = if self.last < self.alone_upto {
                Some(self.next_alone().await)
            } else {
                self.next_shared().await
            };
            if let Some(commit) = commit {
                self.last = commit.position.sequence;
                if self.last >= self.alone_upto {
                    // At once, not when the next one is asked for: its consumer would live on until then.
                    self.alone = None;
                }
                return commit;
            }
        }
    }

    async fn next_alone(&mut self) -> Arc<Commit> {
        let begin = || Follower::new(self.log.clone(), self.last, SubjectFilter::all());
        let follower = self.alone.get_or_insert_with(begin);
        Arc::new(follower.next().await)
    }

    /// The next step of the ring; nothing when it has been handed out, or something is missing before it.
    async fn next_shared(&mut self) -> Option<Arc<Commit>> {
        let Some((tail, steps)) = &mut self.joined else {
            match self.join().await {
                Ok(()) => self.patience = Patience::default(),
                Err(failure) => self.patience.pause_after(&failure, self.last).await,
            }
            return None;
        };
        match steps.recv().await {
            Ok(step) if step.commit.position.sequence <= self.last => None,
            Ok(step) if step.before <= self.last => Some(step.commit),
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {
                self.alone_upto = tail.shared.last.load(Ordering::SeqCst);
                None
            }
            Err(broadcast::error::RecvError::Closed) => {
                self.joined = None;
                None
            }
        }
    }

    async fn join(&mut self) -> Result<(), LogError> {
        let tail = self.log.inner.tail.join(&self.log);
        // Before it is asked how far it is: what comes after that is in there.
        let steps = tail.shared.ring.subscribe();
        let mut started = tail.shared.started.subscribe();
        started
            .wait_for(|started| *started)
            .await
            .map_err(|_| LogError::Disconnected)?;
        let told = tail.shared.last.load(Ordering::SeqCst);
        if told < self.last {
            let newest = self.log.last_sequence().await?;
            if newest < self.last {
                return Err(lost_tail(newest, self.last));
            }
        }
        self.alone_upto = told;
        self.joined = Some((tail, steps));
        Ok(())
    }
}
