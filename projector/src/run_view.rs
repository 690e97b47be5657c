//! One view: from its checkpoint along the log, batch by batch.

use std::{error::Error, pin::pin, sync::Arc, time::Duration};

use futures::{FutureExt, Stream, StreamExt};
use jetstream_es::{Commit, EventLog, SubjectFilter};
use sqlx::PgPool;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::{
    checkpoint::Checkpoint,
    error::{ApplyError, HaltError, Setback, Stop, is_passing},
    health::{Health, ViewState},
    options::ProjectorOptions,
    view::AnyView,
};

pub(crate) struct Runner {
    pub(crate) view: AnyView,
    pub(crate) log: EventLog,
    pub(crate) pool: PgPool,
    pub(crate) options: ProjectorOptions,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
}

/// Why a transaction was not committed.
enum Failure {
    /// The commit at this place of the batch cannot be applied.
    Commit(usize, ApplyError),
    Setback(Setback),
}

impl<E: Into<Setback>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Setback(error.into())
    }
}

impl Runner {
    pub(crate) async fn run(self) {
        let shutdown = self.shutdown.clone();
        let view = self.view.name;
        let mut pause = Duration::from_millis(50);
        while !shutdown.is_cancelled() {
            let begun = Instant::now();
            match self.follow().await {
                Ok(()) => break,
                Err(Stop::Halt(failure)) => {
                    error!(
                        view,
                        error = chain(&failure),
                        "view {view} halts: {}",
                        chain(&failure)
                    );
                    let error = Arc::new(failure);
                    self.health.set(view, &ViewState::Halted { error }, None);
                    shutdown.cancelled().await;
                    break;
                }
                Err(Stop::Setback(setback)) => {
                    let reason = chain(&setback);
                    if begun.elapsed() > self.options.longest_pause * 2 {
                        pause = Duration::from_millis(50);
                    }
                    if matches!(setback, Setback::AnotherInstance) {
                        debug!(view, "view {view} waits: {reason}");
                    } else {
                        warn!(view, error = reason, "view {view} waits: {reason}");
                    }
                    self.health.set(view, &ViewState::Waiting { reason }, None);
                    let _ = shutdown.run_until_cancelled(sleep(pause)).await;
                    pause = (pause * 2).min(self.options.longest_pause);
                }
            }
        }
    }

    async fn follow(&self) -> Result<(), Stop> {
        let view = self.view.name;
        let loading = Checkpoint::load(&self.pool, &self.view, &self.log);
        let loaded = timeout(self.options.database_timeout, loading).await;
        let mut checkpoint = loaded.map_err(|_| Setback::TimedOut)??;
        checkpoint.verify(&self.log).await?;
        let mut verified = Instant::now();
        info!(
            view,
            sequence = checkpoint.sequence,
            "view {view} follows the log after {}",
            checkpoint.sequence
        );
        let at = Some(checkpoint.sequence);
        self.health.set(view, &ViewState::Running, at);
        let filter = self.view.filter();
        let mut commits = pin!(self.log.follow(checkpoint.sequence, SubjectFilter::all()));
        loop {
            let gathered = timeout(self.options.verify_interval, self.gather(commits.as_mut()));
            let batch = tokio::select! {
                () = self.shutdown.cancelled() => return Ok(()),
                batch = gathered => batch.ok(),
            };
            if verified.elapsed() >= self.options.verify_interval {
                checkpoint.verify(&self.log).await?;
                verified = Instant::now();
            }
            let Some(batch) = batch else { continue };
            if batch.is_empty() {
                return Err(Setback::FollowerEnded.into());
            }
            if let Some(delay) = self.options.delay_per_batch {
                sleep(delay).await;
            }
            self.apply(&mut checkpoint, &filter, batch).await?;
            let at = Some(checkpoint.sequence);
            self.health.set(view, &ViewState::Running, at);
        }
    }

    /// Waits for one commit and takes what is there behind it. Empty only when the stream ended.
    async fn gather<S: Stream<Item = Commit> + Unpin>(&self, mut commits: S) -> Vec<Commit> {
        let mut batch = Vec::new();
        batch.extend(commits.next().await);
        let deadline = Instant::now() + self.options.batch_time;
        while batch.len() < self.options.batch_limit && Instant::now() < deadline {
            match commits.next().now_or_never().flatten() {
                Some(commit) => batch.push(commit),
                None => break,
            }
        }
        batch
    }

    /// Applies the batch; what stands before a commit that cannot be applied is kept.
    async fn apply(
        &self,
        checkpoint: &mut Checkpoint,
        filter: &SubjectFilter,
        batch: Vec<Commit>,
    ) -> Result<(), Stop> {
        let mut rest = batch.as_slice();
        let mut whole = rest.len();
        let mut tries = 0;
        while !rest.is_empty() {
            let part = rest.get(..whole).unwrap_or(rest);
            let applying = self.apply_once(checkpoint, filter, part);
            let applied = timeout(self.options.database_timeout, applying).await;
            match applied.map_err(|_| Setback::TimedOut)? {
                Ok(next) => {
                    *checkpoint = next;
                    rest = rest.get(part.len()..).unwrap_or_default();
                    // Behind the part that is now stored stands the commit that failed.
                    whole = if whole < batch.len() { 1 } else { whole };
                }
                Err(Failure::Setback(setback)) => return Err(setback.into()),
                Err(Failure::Commit(0, source)) => {
                    tries += 1;
                    let Some(poison) = rest.first() else { break };
                    if tries >= self.options.tries {
                        let position = poison.position.clone();
                        return Err(HaltError::Poison {
                            position,
                            tries,
                            source,
                        }
                        .into());
                    }
                    warn!(
                        view = self.view.name,
                        sequence = poison.position.sequence,
                        error = chain(&source),
                        "cannot apply {}: {}",
                        poison.position,
                        chain(&source)
                    );
                    sleep(Duration::from_millis(20) * tries).await;
                }
                Err(Failure::Commit(index, _)) => whole = index,
            }
        }
        Ok(())
    }

    async fn apply_once(
        &self,
        checkpoint: &Checkpoint,
        filter: &SubjectFilter,
        batch: &[Commit],
    ) -> Result<Checkpoint, Failure> {
        let next = batch.last().map_or(checkpoint.clone(), Checkpoint::after);
        let mut tx = self.pool.begin().await?;
        // What a crash of the server takes away is read from the log again, together with the checkpoint.
        sqlx::query!("SET LOCAL synchronous_commit = off")
            .execute(&mut *tx)
            .await?;
        // First of all: the row's lock keeps another instance from doing the same work.
        let ours = Checkpoint::advance_in_tx(&mut tx, &self.view, checkpoint, &next).await?;
        if !ours {
            return Err(Setback::AnotherInstance.into());
        }
        for (index, commit) in batch.iter().enumerate() {
            if !filter.matches(commit) {
                continue;
            }
            match (self.view.apply_in_tx)(&mut tx, commit).await {
                Ok(()) => {}
                Err(ApplyError::Database(failure)) if is_passing(&failure) => {
                    return Err(failure.into());
                }
                Err(failure) => return Err(Failure::Commit(index, failure)),
            }
        }
        tx.commit().await?;
        Ok(next)
    }
}

/// An error with everything behind it, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
