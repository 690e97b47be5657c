//! One view: from its checkpoint along the log, batch by batch.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jetstream_es::{Commit, EventLog};
use sqlx::PgPool;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    catch_up::catch_up,
    checkpoint::Checkpoint,
    control::{ControlError, retry_after_deploy},
    error::{Setback, Stop},
    gather::gather,
    generation::Generation,
    health::{Health, ViewState},
    options::ProjectorOptions,
    persist::{Task, persist},
    text::chain,
    write::Writer,
};

/// How long a decision may go unheard.
const LOOK: Duration = Duration::from_secs(2);
/// Commits after which a view that catches up looks whether the log still agrees.
const STRETCH: u64 = 50_000;

pub(crate) struct Runner {
    pub(crate) live: Generation,
    pub(crate) log: EventLog,
    pub(crate) pool: PgPool,
    pub(crate) options: ProjectorOptions,
    pub(crate) health: Health,
    /// Changes when somebody decided something.
    pub(crate) decided: watch::Receiver<u64>,
    pub(crate) shutdown: CancellationToken,
    /// Whether what another program could not apply was tried by this one.
    pub(crate) retried: AtomicBool,
}

impl Runner {
    pub(crate) async fn run(self) {
        let (health, shutdown) = (self.health.clone(), self.shutdown.clone());
        persist(&self, &health, self.options.longest_pause, &shutdown).await;
    }

    /// Brings a view that is far behind near the end of the log. A pause takes effect with the next batch.
    async fn catch_up(&self, writer: &mut Writer, checkpoint: &mut Checkpoint) -> Result<(), Stop> {
        let view = self.live.view;
        loop {
            let head = self.log.last_sequence().await?;
            if head.saturating_sub(checkpoint.sequence) <= self.options.catch_up_beyond {
                return Ok(());
            }
            let upto = head.min(checkpoint.sequence + STRETCH);
            let size = self.options.rebuild_batch_limit;
            let tell = |at| self.health.set(view.name, &ViewState::Running, Some(at));
            catch_up(&self.log, view, writer, checkpoint, upto, size, tell).await?;
            checkpoint.verify(&self.log).await?;
            self.show(Some(checkpoint)).await?;
        }
    }

    /// Says in the database that the view is looked after, and learns whether it changed beside us.
    async fn show(&self, checkpoint: Option<&Checkpoint>) -> Result<(), Stop> {
        let row = sqlx::query!(
            "UPDATE drape.checkpoint SET seen = clock_timestamp(), halted = CASE WHEN $2 THEN NULL ELSE halted END
             WHERE view = $1
             RETURNING revision,
                 (SELECT count(*) FROM drape.dead_letter WHERE view = $1 AND state = 'parked') AS \"parked!\"",
            self.live.key,
            checkpoint.is_some()
        );
        let shown = timeout(
            self.options.database_timeout,
            row.fetch_optional(&self.pool),
        )
        .await;
        let row = shown.map_err(|_| Setback::TimedOut)??;
        let parked = row.as_ref().map_or(0, |row| row.parked.unsigned_abs());
        self.health.set_parked(self.live.view.name, parked);
        match (row, checkpoint) {
            (Some(row), Some(checkpoint)) if row.revision != checkpoint.revision => {
                Err(Setback::AnotherInstance.into())
            }
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    /// Once in the life of this process, while no batch is under way.
    async fn retry_after_deploy(&self) -> Result<(), Stop> {
        if self.retried.load(Ordering::Relaxed) {
            return Ok(());
        }
        let view = self.live.view;
        let retrying = retry_after_deploy(&self.pool, &self.log, view);
        let retried = timeout(self.options.database_timeout, retrying).await;
        match retried.map_err(|_| Setback::TimedOut)? {
            Ok(0) => {}
            Ok(applied) => info!(
                view = view.name,
                applied, "{applied} commits that {} had parked are applied now", view.name
            ),
            Err(ControlError::Database(failure)) => return Err(failure.into()),
            Err(ControlError::Log(failure)) => return Err(failure.into()),
            Err(failure) => warn!(
                view = view.name,
                "what {} has parked stays so: {}",
                view.name,
                chain(&failure)
            ),
        }
        self.retried.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Task for Runner {
    fn name(&self) -> &'static str {
        self.live.view.name
    }

    async fn follow(&self) -> Result<(), Stop> {
        let view = self.live.view.name;
        let mut decided = self.decided.clone();
        decided.borrow_and_update();
        self.retry_after_deploy().await?;
        let loading = Checkpoint::load(&self.pool, &self.live, &self.log);
        let loaded = timeout(self.options.database_timeout, loading).await;
        let mut checkpoint = loaded.map_err(|_| Setback::TimedOut)??;
        checkpoint.verify(&self.log).await?;
        self.show(Some(&checkpoint)).await?;
        let mut writer = Writer::open(
            self.pool.clone(),
            self.live.clone(),
            self.options.live_rows,
            self.options.database_timeout,
            self.options.tries,
        )
        .await?;
        tokio::select! {
            () = self.shutdown.cancelled() => return Ok(()),
            caught_up = self.catch_up(&mut writer, &mut checkpoint) => caught_up?,
        }
        let mut verified = Instant::now();
        info!(
            view,
            sequence = checkpoint.sequence,
            "view {view} follows the log after {}",
            checkpoint.sequence
        );
        let at = Some(checkpoint.sequence);
        self.health.set(view, &ViewState::Running, at);
        let mut commits = pin!(self.log.follow_all(checkpoint.sequence));
        let live_view = self.live.view;
        let mut gathered = Vec::new();
        loop {
            let is_ours = |commit: &Arc<Commit>| live_view.wants(commit);
            let bounds = self.options.bounds();
            let gathering = gather(commits.as_mut(), &mut gathered, bounds, is_ours);
            let gathering = timeout(self.options.verify_interval, gathering);
            // What was gathered when it is given up here is gone on with.
            let is_whole = tokio::select! {
                () = self.shutdown.cancelled() => return Ok(()),
                whole = gathering => whole.is_ok(),
                heard = decided.changed() => {
                    self.show(Some(&checkpoint)).await?;
                    if heard.is_err() { return Ok(()) }
                    false
                }
            };
            if verified.elapsed() >= self.options.verify_interval {
                checkpoint.verify(&self.log).await?;
                self.show(Some(&checkpoint)).await?;
                verified = Instant::now();
            }
            if !is_whole {
                continue;
            }
            let batch = std::mem::take(&mut gathered);
            let Some(last) = batch.last() else {
                return Err(Setback::FollowerEnded.into());
            };
            if let Some(delay) = self.options.delay_per_batch {
                sleep(delay).await;
            }
            let end = checkpoint.moved_to(last);
            writer.apply(&mut checkpoint, &batch, &end).await?;
            let at = Some(checkpoint.sequence);
            self.health.set(view, &ViewState::Running, at);
        }
    }

    async fn note_halt(&self, why: &str) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE drape.checkpoint SET halted = $2, seen = clock_timestamp() WHERE view = $1",
            self.live.key,
            why
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn wait(&self) {
        // The look that failed is repeated anyway.
        let _: Result<(), Stop> = self.show(None).await;
        let mut decided = self.decided.clone();
        let _: Result<_, _> = timeout(LOOK, decided.changed()).await;
    }
}
