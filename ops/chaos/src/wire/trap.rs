//! What a listener waits for, and what it does then.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use serde::Serialize;
use tokio::{sync::watch, time::timeout};

/// A message on a wire at which everything can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// A commit is on its way to the log and does not arrive.
    AppendSent,
    /// A commit is stored, its acknowledgement does not arrive.
    AppendAnswered,
    /// A try-on has been taken up, the worker does not hear it.
    StartAnswered,
    /// The end of a try-on is on its way to the log.
    EndSent,
    /// A try-on has been ended in the log, the worker does not hear it.
    EndAnswered,
    /// A try-on has been ended in the log and the worker knows it; the queue does not hear that the job is done.
    JobDone,
    /// The rows of a view are written, their COMMIT does not arrive.
    ViewCommitSent,
    /// The rows of a view are committed, the projector does not hear it.
    ViewCommitAnswered,
    /// Messages are in the archive, the projector does not hear it.
    ArchiveCommitAnswered,
}

/// What happens to the connection after the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// It stays open and carries nothing more, either way.
    Silence,
    /// Both ends see it closed.
    Cut,
    /// The message and all behind it wait until they are released; what comes the other way goes through.
    Hold,
}

/// The message that was held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catch {
    /// Which one it was.
    pub point: Point,
    /// The sequence in the log, if the message named one.
    pub sequence: Option<u64>,
}

/// Shared by the listeners of a run: at most one point is waited for at a time.
#[derive(Debug, Clone)]
pub struct Trap {
    armed: Arc<Mutex<Option<(Point, Then)>>>,
    caught: Arc<watch::Sender<Option<Catch>>>,
    /// How often what is held was released.
    released: Arc<watch::Sender<u64>>,
}

impl Default for Trap {
    fn default() -> Self {
        Self {
            armed: Arc::default(),
            caught: Arc::new(watch::Sender::new(None)),
            released: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Trap {
    /// The next message of this kind is the last of its connection.
    pub fn arm(&self, point: Point, then: Then) {
        self.caught.send_replace(None);
        *self.armed() = Some((point, then));
    }

    /// Waits for that message.
    pub async fn sprung(&self, limit: Duration) -> anyhow::Result<Catch> {
        let mut caught = self.caught.subscribe();
        let waiting = caught.wait_for(Option::is_some);
        let found = timeout(limit, waiting).await.ok();
        let found = found.and_then(Result::ok).and_then(|catch| catch.clone());
        found.with_context(|| {
            let armed = self.armed().take();
            format!("{armed:?} did not come within {limit:?}")
        })
    }

    /// Lets go what is held.
    pub fn release(&self) {
        self.released.send_modify(|times| *times += 1);
    }

    /// Tells of the next release.
    pub(super) fn releases(&self) -> watch::Receiver<u64> {
        let mut releases = self.released.subscribe();
        releases.borrow_and_update();
        releases
    }

    /// What to do at this message, if it is the one. Only the first gets an answer.
    pub(super) fn look(&self, catch: &Catch) -> Option<Then> {
        let then = {
            let mut armed = self.armed();
            armed.take_if(|(point, _)| *point == catch.point)
        };
        let (_, then) = then?;
        self.caught.send_replace(Some(catch.clone()));
        Some(then)
    }

    fn armed(&self) -> std::sync::MutexGuard<'_, Option<(Point, Then)>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
