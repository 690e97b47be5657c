//! Keeps the archive up with the log.

use std::{borrow::Borrow, pin::pin};

use futures::StreamExt;
use jetstream_es::{Commit, EventLog, SubjectFilter};
use sqlx::{PgConnection, PgPool};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    chain::Link,
    pages::{end_in_tx, head_in_tx},
};
use crate::{
    checkpoint::Checkpoint,
    error::{Setback, Stop},
    gather::gather,
    health::{Health, ViewState},
    numbers::to_sql,
    options::ProjectorOptions,
    persist::{Task, persist},
    read_ahead::read_ahead,
};

/// The name of the archive among the views.
pub(crate) const NAME: &str = "archive";

pub(crate) struct Archiver {
    pub(crate) log: EventLog,
    pub(crate) pool: PgPool,
    pub(crate) options: ProjectorOptions,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
}

impl Archiver {
    pub(crate) async fn run(self) {
        let (health, shutdown) = (self.health.clone(), self.shutdown.clone());
        persist(&self, &health, self.options.longest_pause, &shutdown).await;
    }

    /// Where the archive ends; begins one that is not there.
    async fn load(&self) -> Result<Checkpoint, Stop> {
        let mut tx = self.pool.begin().await?;
        let epoch = self.log.epoch().as_str();
        sqlx::query!(
            "INSERT INTO drape_archive.log (epoch) VALUES ($1) ON CONFLICT (one) DO NOTHING",
            epoch
        )
        .execute(&mut *tx)
        .await?;
        // An archive without a message belongs to whatever log there is.
        sqlx::query!(
            "UPDATE drape_archive.log SET epoch = $1
             WHERE epoch <> $1 AND NOT EXISTS (SELECT FROM drape_archive.message)",
            epoch
        )
        .execute(&mut *tx)
        .await?;
        let end = end_in_tx(&mut tx).await?;
        tx.commit().await?;
        Ok(end.unwrap_or_else(|| Checkpoint::start(&self.log)))
    }

    async fn append<C: Borrow<Commit>>(&self, from: &Checkpoint, batch: &[C]) -> Result<(), Stop> {
        let mut tx = self.pool.begin().await?;
        // This is the copy that must be there when the log is not.
        sqlx::query!("SET LOCAL synchronous_commit = on")
            .execute(&mut *tx)
            .await?;
        let epoch = sqlx::query_scalar!("SELECT epoch FROM drape_archive.log FOR UPDATE")
            .fetch_optional(&mut *tx)
            .await?;
        let (last, mut hash) = head_in_tx(&mut tx).await?;
        if last != to_sql(from.sequence) || epoch.as_deref() != Some(from.epoch.as_str()) {
            return Err(Setback::AnotherInstance.into());
        }
        let mut links = Vec::with_capacity(batch.len());
        for commit in batch.iter().map(Borrow::borrow) {
            let commit: &Commit = commit;
            let link = Link::of(to_sql(commit.position.sequence), &commit.message, &hash);
            hash.clone_from(&link.hash);
            links.push(link);
        }
        insert_in_tx(&mut tx, &links).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Brings an archive that is far behind near the end of the log.
    async fn catch_up(&self, checkpoint: &mut Checkpoint) -> Result<(), Stop> {
        let head = self.log.last_sequence().await?;
        if head.saturating_sub(checkpoint.sequence) <= self.options.catch_up_beyond {
            return Ok(());
        }
        let (log, from) = (self.log.clone(), checkpoint.clone());
        let size = self.options.batch_limit;
        let mut pages = pin!(read_ahead(log, SubjectFilter::all(), from, head, size));
        while let Some(page) = pages.next().await {
            let page = page?;
            self.append_in_time(checkpoint, &page.commits, page.end)
                .await?;
        }
        Ok(())
    }

    /// Appends, and moves the checkpoint.
    async fn append_in_time<C: Borrow<Commit>>(
        &self,
        checkpoint: &mut Checkpoint,
        batch: &[C],
        end: Checkpoint,
    ) -> Result<(), Stop> {
        let appending = self.append(checkpoint, batch);
        let appended = timeout(self.options.database_timeout, appending).await;
        appended.map_err(|_| Setback::TimedOut)??;
        *checkpoint = end;
        let at = Some(checkpoint.sequence);
        self.health.set(NAME, &ViewState::Running, at);
        Ok(())
    }
}

impl Task for Archiver {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn follow(&self) -> Result<(), Stop> {
        let loaded = timeout(self.options.database_timeout, self.load()).await;
        let mut checkpoint = loaded.map_err(|_| Setback::TimedOut)??;
        checkpoint.verify(&self.log).await?;
        tokio::select! {
            () = self.shutdown.cancelled() => return Ok(()),
            caught_up = self.catch_up(&mut checkpoint) => caught_up?,
        }
        let mut verified = Instant::now();
        let at = Some(checkpoint.sequence);
        self.health.set(NAME, &ViewState::Running, at);
        let mut commits = pin!(self.log.follow_all(checkpoint.sequence));
        let mut gathered = Vec::new();
        loop {
            let bounds = self.options.bounds();
            let gathering = gather(commits.as_mut(), &mut gathered, bounds, |_| true);
            let gathering = timeout(self.options.verify_interval, gathering);
            let is_whole = tokio::select! {
                () = self.shutdown.cancelled() => return Ok(()),
                whole = gathering => whole.is_ok(),
            };
            if verified.elapsed() >= self.options.verify_interval {
                checkpoint.verify(&self.log).await?;
                verified = Instant::now();
            }
            if !is_whole {
                continue;
            }
            let batch = std::mem::take(&mut gathered);
            let Some(last) = batch.last() else {
                return Err(Setback::FollowerEnded.into());
            };
            let end = checkpoint.moved_to(last);
            self.append_in_time(&mut checkpoint, &batch, end).await?;
        }
    }

    async fn note_halt(&self, why: &str) -> Result<(), sqlx::Error> {
        sqlx::query!("UPDATE drape_archive.log SET halted = $1", why)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

async fn insert_in_tx(tx: &mut PgConnection, links: &[Link]) -> Result<(), sqlx::Error> {
    let sequences: Vec<i64> = links.iter().map(|link| link.sequence).collect();
    let subjects: Vec<String> = links.iter().map(|link| link.subject.clone()).collect();
    let headers: Vec<String> = links.iter().map(|link| link.headers.clone()).collect();
    let bodies: Vec<Vec<u8>> = links.iter().map(|link| link.body.clone()).collect();
    let times: Vec<Option<i64>> = links.iter().map(|link| link.stored_ns).collect();
    let before: Vec<Vec<u8>> = links.iter().map(|link| link.prev_hash.clone()).collect();
    let hashes: Vec<Vec<u8>> = links.iter().map(|link| link.hash.clone()).collect();
    sqlx::query!(
        "INSERT INTO drape_archive.message (sequence, subject, headers, body, stored_ns, prev_hash, hash)
         SELECT * FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::TEXT[], $4::BYTEA[], $5::BIGINT[], $6::BYTEA[], $7::BYTEA[])",
        &sequences,
        &subjects,
        &headers,
        &bodies,
        &times as &[Option<i64>],
        &before,
        &hashes
    )
    .execute(tx)
    .await?;
    Ok(())
}
