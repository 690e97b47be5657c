//! Removes pictures of people whose time is over, and gives up try-ons that they no longer agree to.
//!
//! Every process that takes commands looks, and the first one wins. What is kept is decided from the views, so they must have seen all of
//! the log: a view that is behind does not know yet that a photo was used again, or that an outfit holds a result.

use std::time::Duration;

use command_api::PhotoPolicy;
use domain::{
    media::picture::{Picture, Removal, RemovePicture},
    tryon::session::{CancelTryOn, Session},
};
use jetstream_es::{CommandContext, EventLog, ExecuteError, Executor, Outcome};
use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

/// How long after a consent was withdrawn its try-ons are given up at most.
const LOOK: Duration = Duration::from_secs(1);

/// Between two sweeps, at least and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(30);

/// How many are removed in one look.
const AT_ONCE: i64 = 100;

/// The views that say what is kept.
const TELLING: [&str; 3] = ["picture", "tryon_status", "wardrobe"];

/// Looks again and again, until `stop`.
pub(super) async fn keep_no_longer(
    pool: PgPool,
    log: EventLog,
    policy: PhotoPolicy,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let keeper = Keeper {
        pictures: Executor::new(log.clone(), ()),
        sessions: Executor::new(log.clone(), ()),
        pool,
        log,
        policy,
    };
    stop.run_until_cancelled(Box::pin(keeper.run()))
        .await
        .unwrap_or(Ok(()))
}

struct Keeper {
    pool: PgPool,
    log: EventLog,
    pictures: Executor<Picture>,
    sessions: Executor<Session>,
    policy: PhotoPolicy,
}

impl Keeper {
    async fn run(&self) -> anyhow::Result<()> {
        let mut next_sweep = Instant::now();
        loop {
            tokio::time::sleep(LOOK).await;
            tokio::time::timeout(LIMIT, self.give_up()).await??;
            if next_sweep <= Instant::now() {
                tokio::time::timeout(LIMIT, self.sweep()).await??;
                next_sweep = Instant::now() + self.pause();
            }
        }
    }

    /// Between two sweeps: a small part of what is waited for.
    fn pause(&self) -> Duration {
        let (least, most) = PAUSE;
        let kept = [self.policy.photos_kept, self.policy.results_kept];
        let shortest = kept.into_iter().flatten().min().unwrap_or(most);
        (shortest / 10).clamp(least, most)
    }

    /// Try-ons of photos that must not be used any more end here.
    async fn give_up(&self) -> anyhow::Result<()> {
        let open = sqlx::query_scalar!(
            "SELECT try_on.id FROM drape.tryon_status AS try_on
             JOIN drape.picture AS picture ON picture.id = try_on.person
             WHERE try_on.status IN ('requested', 'running') AND NOT picture.consented
             LIMIT $1",
            AT_ONCE
        )
        .fetch_all(&self.pool)
        .await?;
        for id in open {
            let command = CommandContext::new(format!("give-up-{id}")).with_actor("retention");
            let session = id.to_string();
            let given_up = self
                .sessions
                .execute(&session, CancelTryOn {}.into(), command);
            if was_written(id, given_up.await)? {
                info!(try_on = %id, "given up: the person does not agree any more");
            }
        }
        Ok(())
    }

    async fn sweep(&self) -> anyhow::Result<()> {
        if !self.is_all_seen().await? {
            return Ok(());
        }
        if let Some(kept) = self.policy.photos_kept {
            self.remove(self.photos_unused_for(kept).await?).await?;
        }
        if let Some(kept) = self.policy.results_kept {
            self.remove(self.results_unheld_for(kept).await?).await?;
        }
        Ok(())
    }

    /// Whether the views that tell are of this program and have seen everything that is in the log now.
    async fn is_all_seen(&self) -> anyhow::Result<bool> {
        let end = self.log.last_sequence().await?;
        let deadline = Instant::now() + LIMIT / 3;
        loop {
            let all = projector::projections(&self.pool, &self.log).await?;
            let mut telling = all.iter().filter(|one| TELLING.contains(&one.view));
            let have_seen = telling.all(|one| {
                let is_current = one.version == Some(one.program_version);
                let position = one.position.as_ref();
                let has_seen =
                    position.is_some_and(|at| at.epoch == *self.log.epoch() && at.sequence >= end);
                is_current && has_seen && one.parked == 0
            });
            if have_seen {
                return Ok(true);
            }
            if deadline <= Instant::now() {
                warn!("nothing is removed for its age while the views are behind");
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn photos_unused_for(&self, kept: Duration) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            "SELECT picture.id FROM drape.picture AS picture
             WHERE picture.purpose = 'person' AND picture.owner IS NOT NULL AND picture.status <> 'removed'
                 AND picture.uploaded_at < now() - make_interval(secs => $1)
                 AND NOT EXISTS (
                     SELECT FROM drape.tryon_status AS try_on
                     WHERE try_on.person = picture.id
                         AND (try_on.requested_at >= now() - make_interval(secs => $1)
                             OR try_on.status IN ('requested', 'running')))
             ORDER BY picture.uploaded_at LIMIT $2",
            kept.as_secs_f64(),
            AT_ONCE
        )
        .fetch_all(&self.pool)
        .await
    }

    async fn results_unheld_for(&self, kept: Duration) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            "SELECT picture.id FROM drape.picture AS picture
             WHERE picture.purpose = 'result' AND picture.owner IS NOT NULL AND picture.status <> 'removed'
                 AND picture.uploaded_at < now() - make_interval(secs => $1)
                 AND NOT EXISTS (SELECT FROM drape.wardrobe_outfit AS outfit WHERE outfit.picture = picture.id)
             ORDER BY picture.uploaded_at LIMIT $2",
            kept.as_secs_f64(),
            AT_ONCE
        )
        .fetch_all(&self.pool)
        .await
    }

    async fn remove(&self, pictures: Vec<Uuid>) -> anyhow::Result<()> {
        for id in pictures {
            let command = CommandContext::new(format!("expire-{id}")).with_actor("retention");
            let reason = Removal::Expired;
            let picture = id.to_string();
            let removed = self
                .pictures
                .execute(&picture, RemovePicture { reason }.into(), command);
            if was_written(id, removed.await)? {
                info!(picture = %id, "removed: it was kept for as long as it is kept");
            }
        }
        Ok(())
    }
}

/// Whether something was written. That a rule said no is no trouble: the thing has changed meanwhile.
fn was_written<R: std::error::Error + Send + Sync + 'static>(
    id: Uuid,
    outcome: Result<Outcome, ExecuteError<R>>,
) -> anyhow::Result<bool> {
    match outcome {
        Ok(outcome) => Ok(outcome.written),
        Err(ExecuteError::Rejected(why)) => {
            info!(%id, "stays as it is: {why}");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}
