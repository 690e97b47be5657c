//! A stretch of the log, once, in order and fast: what exports and audits read.
//!
//! Pulls large batches through a consumer of its own, so that the server sends ahead while the reader works; what is in
//! flight is bounded in messages and in bytes.

use std::time::Duration;

use futures::{Stream, stream};
use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::commit::Commit;
use crate::error::LogError;
use crate::log::EventLog;
use crate::source::{Delivery, Pull, Source};
use crate::subject::SubjectFilter;

const DOING: &str = "replaying the log";
const PULL: Pull = Pull {
    messages: 4_096,
    bytes: Some(8 << 20),
};
const SILENCE: Duration = Duration::from_secs(10);
/// A server that restarts is away for a second or two.
const ATTEMPTS: u32 = 8;
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

struct Replay {
    log: EventLog,
    filter: SubjectFilter,
    /// Sequence of the last commit that was handed out.
    last: u64,
    through: u64,
    source: Option<Source>,
    failures: u32,
    done: bool,
}

pub(crate) fn replay(
    log: EventLog,
    after: u64,
    through: u64,
    filter: SubjectFilter,
) -> impl Stream<Item = Result<Commit, LogError>> + Send + 'static {
    let replay = Replay {
        log,
        filter,
        last: after,
        through,
        source: None,
        failures: 0,
        done: false,
    };
    stream::unfold(replay, |mut replay| async move {
        let next = replay.next().await?;
        Some((next, replay))
    })
}

impl Replay {
    /// The next commit, nothing at the end, or why it cannot be had; after that nothing more.
    async fn next(&mut self) -> Option<Result<Commit, LogError>> {
        while !self.done && self.last < self.through {
            match self.try_next().await {
                Ok(Some(commit)) if commit.position.sequence <= self.through => {
                    self.last = commit.position.sequence;
                    self.failures = 0;
                    return Some(Ok(commit));
                }
                Ok(_) => break,
                Err(failure) if failure.is_passing() && self.failures < ATTEMPTS => {
                    let last = self.last;
                    warn!(error = %failure, last, "the log is away; replaying it again after {last}");
                    self.source = None;
                    self.failures += 1;
                    let pause = Duration::from_millis(20) * 2_u32.pow(self.failures);
                    sleep(pause.min(LONGEST_PAUSE)).await;
                }
                Err(failure) => {
                    self.done = true;
                    return Some(Err(failure));
                }
            }
        }
        self.done = true;
        None
    }

    /// One commit; none when there is no further one.
    async fn try_next(&mut self) -> Result<Option<Commit>, LogError> {
        if self.source.is_none() {
            let Some(opened) = self.open().await? else {
                return Ok(None);
            };
            self.source = Some(opened);
        }
        let Some(source) = &mut self.source else {
            return Ok(None);
        };
        let delivery = timeout(SILENCE, source.next(&self.log)).await;
        let Delivery { commit, pending } =
            delivery.map_err(|_| LogError::TimedOut { doing: DOING })??;
        if pending == 0 {
            // Whatever comes later came after the end of the stretch.
            self.through = self.through.min(commit.position.sequence);
        }
        Ok(Some(commit))
    }

    /// None when the filter wants nothing of what is left.
    async fn open(&self) -> Result<Option<Source>, LogError> {
        self.log.check_connected()?;
        let newest = self.log.last_sequence().await?;
        if newest < self.through {
            let through = self.through;
            return Err(LogError::Refused {
                doing: DOING,
                code: 1,
                description: format!("the log ends at {newest}, before {through}"),
            });
        }
        let (source, pending) =
            Source::open(&self.log, &self.filter, self.last, PULL, DOING).await?;
        Ok((pending > 0).then_some(source))
    }
}
