//! Builds the generations that were asked for, one after the other.

use std::time::Duration;

use jetstream_es::EventLog;
use sqlx::{PgConnection, PgPool};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use super::{
    Cause, Comparison,
    compare::compare_in_tx,
    prepare::{Plan, prepare},
    switch::switch_in_tx,
};
use crate::{
    catch_up::catch_up,
    checkpoint::{Checkpoint, Found},
    error::{Hold, Setback, Stop},
    generation::Generation,
    numbers::to_sql,
    options::ProjectorOptions,
    text::chain,
    view::AnyView,
    views,
    write::Writer,
};

/// How old the look at what was asked for may be.
const LOOK: Duration = Duration::from_secs(2);
/// How long comparing and switching may take.
const FINISH_LIMIT: Duration = Duration::from_mins(5);

pub(crate) struct Rebuilder {
    pub(crate) log: EventLog,
    pub(crate) pool: PgPool,
    pub(crate) options: ProjectorOptions,
    /// Changes when somebody asked for something.
    pub(crate) asked: watch::Receiver<u64>,
}

impl Rebuilder {
    /// Builds whatever is asked for until `shutdown`.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            self.asked.borrow_and_update();
            let working = shutdown.run_until_cancelled(self.work());
            match working.await {
                None => break,
                Some(Ok(true)) => continue,
                Some(Ok(false)) => {}
                Some(Err(error)) => debug!(%error, "cannot see which views to build anew"),
            }
            let asked = timeout(LOOK, self.asked.changed());
            let _ = shutdown.run_until_cancelled(asked).await;
        }
    }

    /// Builds the generation that was asked for first; false when there is none.
    async fn work(&self) -> Result<bool, sqlx::Error> {
        let wanted = sqlx::query_scalar!(
            "SELECT view FROM drape.rebuild WHERE state IN ('requested', 'building') ORDER BY since LIMIT 1"
        );
        let Some(name) = wanted.fetch_optional(&self.pool).await? else {
            return Ok(false);
        };
        let Some(view) = views::all().into_iter().find(|view| view.name == name) else {
            return Ok(false);
        };
        match self.rebuild(view, |_, _| {}).await {
            Ok(()) => {}
            Err(Stop::Halt(failure)) => self.give_up(view, &chain(&failure)).await?,
            Err(Stop::Setback(setback)) => {
                warn!(view = name, "rebuilding {name} waits: {}", chain(&setback));
                sleep(Duration::from_millis(500)).await;
            }
            Err(Stop::Hold(Hold::Paused | Hold::Outdated)) => sleep(LOOK).await,
        }
        Ok(true)
    }

    async fn give_up(&self, view: AnyView, failure: &str) -> Result<(), sqlx::Error> {
        let name = view.name;
        error!(view = name, "rebuilding {name} failed: {failure}");
        sqlx::query!(
            "UPDATE drape.rebuild SET state = 'failed', ended = now(), failure = $2
             WHERE view = $1 AND state IN ('requested', 'building')",
            name,
            failure
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Builds one view anew and switches it in. `tell` learns how far it is, and how far it has to go.
    pub(crate) async fn rebuild(
        &self,
        view: AnyView,
        mut tell: impl FnMut(u64, u64),
    ) -> Result<(), Stop> {
        let next = Generation::next(view);
        let Some(plan) = prepare(&self.pool, &next, &self.log).await? else {
            return Ok(());
        };
        let Plan {
            cause,
            mut compared,
            mut checkpoint,
        } = plan;
        info!(
            view = view.name,
            "building {} anew from {}", view.name, checkpoint.sequence
        );
        let mut writer = self.writer(&next).await?;
        loop {
            let Some(live) = self.live(view).await? else {
                return Err(Setback::AnotherInstance.into());
            };
            let comparable = self.is_comparable(&live, cause).await?;
            let head = self.log.last_sequence().await?;
            let upto = if comparable && !compared {
                live.checkpoint.sequence.max(checkpoint.sequence)
            } else {
                head
            };
            self.note_target(view, upto).await?;
            if upto.saturating_sub(checkpoint.sequence) > self.options.rebuild_last_stretch {
                let tell = |at| tell(at, upto);
                self.build(view, &mut writer, &mut checkpoint, upto, tell)
                    .await?;
                continue;
            }
            let finishing = self.finish(
                view,
                &mut writer,
                &mut checkpoint,
                comparable && !compared,
                head,
            );
            let finished = timeout(FINISH_LIMIT, finishing).await;
            tell(checkpoint.sequence, upto);
            if finished.map_err(|_| Setback::TimedOut)?? {
                info!(
                    view = view.name,
                    sequence = checkpoint.sequence,
                    "switched {} to its new rows at {}",
                    view.name,
                    checkpoint.sequence
                );
                return Ok(());
            }
            compared = true;
        }
    }

    /// The last steps, with the live checkpoint locked. False when a live view of an older version was compared, and the
    /// rest of the log comes before the switch.
    async fn finish(
        &self,
        view: AnyView,
        writer: &mut Writer,
        checkpoint: &mut Checkpoint,
        compare: bool,
        head: u64,
    ) -> Result<bool, Stop> {
        let mut tx = self.pool.begin().await?;
        let Some(live) = Checkpoint::lock_in_tx(&mut tx, view.name).await? else {
            return Err(Setback::AnotherInstance.into());
        };
        let here = live.checkpoint.sequence;
        let upto = if compare { here } else { head };
        self.build(view, writer, checkpoint, upto, |_| {}).await?;
        // Nobody else goes on with it, switches it in or calls it off from here.
        let next = Checkpoint::lock_in_tx(&mut tx, &Generation::next(view).key).await?;
        if next.is_none_or(|next| next.checkpoint != *checkpoint) {
            return Err(Setback::AnotherInstance.into());
        }
        if compare && here == checkpoint.sequence {
            let comparison = compare_in_tx(&mut tx, &view, here).await?;
            report_in_tx(&mut tx, view, &comparison).await?;
            if live.version < view.version && here < head {
                tx.commit().await?;
                return Ok(false);
            }
        }
        switch_in_tx(&mut tx, view, checkpoint).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn build(
        &self,
        view: AnyView,
        writer: &mut Writer,
        checkpoint: &mut Checkpoint,
        upto: u64,
        tell: impl FnMut(u64),
    ) -> Result<(), Stop> {
        let size = self.options.rebuild_batch_limit;
        catch_up(&self.log, view, writer, checkpoint, upto, size, tell).await
    }

    async fn writer(&self, next: &Generation) -> Result<Writer, sqlx::Error> {
        Writer::open(
            self.pool.clone(),
            next.clone(),
            self.options.rebuild_rows,
            self.options.database_timeout,
            self.options.tries,
        )
        .await
    }

    async fn live(&self, view: AnyView) -> Result<Option<Found>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        Checkpoint::lock_in_tx(&mut connection, view.name).await
    }

    /// Whether the live rows are of this log. A newer version is not built over a loss; a person may want that.
    async fn is_comparable(&self, live: &Found, cause: Cause) -> Result<bool, Stop> {
        match (live.checkpoint.verify(&self.log).await, cause) {
            (Ok(()), Cause::Requested | Cause::Version) => Ok(true),
            (Err(Stop::Halt(_)), Cause::Requested) => Ok(false),
            (Err(stop), Cause::Requested | Cause::Version) => Err(stop),
        }
    }

    async fn note_target(&self, view: AnyView, target: u64) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE drape.rebuild SET target = $2 WHERE view = $1",
            view.name,
            to_sql(target)
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

async fn report_in_tx(
    tx: &mut PgConnection,
    view: AnyView,
    comparison: &Comparison,
) -> Result<(), sqlx::Error> {
    let differing = comparison.differing();
    let name = view.name;
    if differing > 0 {
        warn!(
            view = name,
            differing, "{differing} rows of {name} are not as they were before"
        );
    }
    // Numbers and strings always serialise.
    let report = serde_json::to_string(comparison).unwrap_or_default();
    sqlx::query!(
        "UPDATE drape.rebuild SET report = $2 WHERE view = $1",
        name,
        report
    )
    .execute(tx)
    .await?;
    Ok(())
}
