//! The log from a position on, for ever, in order, through a consumer of one's own. `tail` shares one among many.

use std::time::Duration;

use futures::{Stream, stream};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info, warn};

use crate::commit::Commit;
use crate::error::LogError;
use crate::log::EventLog;
use crate::source::{Made, Pull, Source};
use crate::subject::SubjectFilter;

const DOING: &str = "following the log";
/// A log in which nothing happens is silent. A new consumer now and then costs nothing, and gets a stuck one going again.
const SILENCE: Duration = Duration::from_mins(1);
const PULL: Pull = Pull {
    messages: 2_000,
    bytes: Some(4 << 20),
};
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One reader with a consumer of its own.
pub(crate) struct Follower {
    log: EventLog,
    filter: SubjectFilter,
    /// Sequence of the last commit that was handed out.
    last: u64,
    source: Option<Source>,
    patience: Patience,
}

/// Waits longer after each failure, and says what goes wrong when it does not pass.
#[derive(Default)]
pub(crate) struct Patience {
    failures: u32,
}

pub(crate) fn follow(
    log: EventLog,
    after: u64,
    filter: SubjectFilter,
) -> impl Stream<Item = Commit> + Send + 'static {
    let follower = Follower::new(log, after, filter);
    stream::unfold(follower, |mut follower| async move {
        let commit = follower.next().await;
        Some((commit, follower))
    })
}

/// What a follower says of a log that ends before what it has seen.
pub(crate) fn lost_tail(newest: u64, last: u64) -> LogError {
    LogError::Refused {
        doing: DOING,
        code: 0,
        description: format!(
            "the log ends at {newest} but {last} was already read: its tail is lost"
        ),
    }
}

impl Follower {
    pub(crate) fn new(log: EventLog, after: u64, filter: SubjectFilter) -> Self {
        Self {
            log,
            filter,
            last: after,
            source: None,
            patience: Patience::default(),
        }
    }

    /// The next commit, however long it takes. May be given up while it waits.
    pub(crate) async fn next(&mut self) -> Commit {
        loop {
            match self.try_next().await {
                Ok(Some(commit)) => {
                    if self.patience.failures > 0 {
                        info!(
                            sequence = commit.position.sequence,
                            "following the log again"
                        );
                    }
                    self.patience = Patience::default();
                    self.last = commit.position.sequence;
                    return commit;
                }
                Ok(None) => {}
                Err(failure) => {
                    self.source = None;
                    self.patience.pause_after(&failure, self.last).await;
                }
            }
        }
    }

    /// One commit, or the reason to make a new consumer. `None` for silence, and for a commit that was handed out before.
    async fn try_next(&mut self) -> Result<Option<Commit>, LogError> {
        let source = if let Some(source) = &mut self.source {
            source
        } else {
            let opened = self.open().await?;
            self.source.insert(opened)
        };
        let Ok(delivery) = timeout(SILENCE, source.next(&self.log)).await else {
            self.source = None;
            return Ok(None);
        };
        let commit = delivery?.commit;
        Ok((commit.position.sequence > self.last).then_some(commit))
    }

    async fn open(&self) -> Result<Source, LogError> {
        self.log.check_connected()?;
        let newest = self.log.last_sequence().await?;
        if newest < self.last {
            return Err(lost_tail(newest, self.last));
        }
        let made = Made::new(&self.log, &self.filter, self.last, DOING).await?;
        made.open(PULL).await
    }
}

impl Patience {
    /// What failed was to go on after `last`.
    pub(crate) async fn pause_after(&mut self, failure: &LogError, last: u64) {
        self.failures = self.failures.saturating_add(1);
        if !failure.is_passing() && self.failures % 60 == 1 {
            error!(error = %failure, last, "cannot follow the log after {last}: {failure}");
        } else if self.failures == 2 {
            warn!(error = %failure, last, "the log is away; following it again after {last} when it is back");
        } else {
            debug!(error = %failure, last, "following the log again after {last}");
        }
        let pause = Duration::from_millis(10) * 2_u32.saturating_pow(self.failures.min(8));
        sleep(pause.min(LONGEST_PAUSE)).await;
    }
}
