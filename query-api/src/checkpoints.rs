//! How far each view has come: told by PostgreSQL, kept in memory, waited for by reads.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use axum::http::StatusCode;
use futures::{StreamExt, stream};
use http_kit::Problem;
use jetstream_es::{Epoch, Position};
use sqlx::{PgPool, postgres::PgListener};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// The views that answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum View {
    GarmentCard,
    GarmentPage,
    GarmentVersion,
    GarmentStock,
    Collection,
    Category,
    PinnedSearch,
    TryonStatus,
    Picture,
    Wardrobe,
    AuditEntry,
}

impl View {
    const ALL: [Self; 11] = [
        Self::GarmentCard,
        Self::GarmentPage,
        Self::GarmentVersion,
        Self::GarmentStock,
        Self::Collection,
        Self::Category,
        Self::PinnedSearch,
        Self::TryonStatus,
        Self::Picture,
        Self::Wardrobe,
        Self::AuditEntry,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::GarmentCard => "garment_card",
            Self::GarmentPage => "garment_page",
            Self::GarmentVersion => "garment_version",
            Self::GarmentStock => "garment_stock",
            Self::Collection => "collection",
            Self::Category => "category",
            Self::PinnedSearch => "pinned_search",
            Self::TryonStatus => "tryon_status",
            Self::Picture => "picture",
            Self::Wardrobe => "wardrobe",
            Self::AuditEntry => "audit_entry",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }
}

const CHANNEL: &str = "drape_checkpoint";

/// How a view is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    sequence: u64,
    /// Whether it could not apply something.
    degraded: bool,
    /// Raised by whatever changes rows without a commit.
    revision: i64,
}

pub(crate) type Standings = BTreeMap<View, Standing>;

/// What an answer says of the view that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reached {
    /// How far the view has come.
    pub(crate) position: Position,
    /// The view's name, when it could not apply something.
    pub(crate) degraded: Option<&'static str>,
}

/// How far each view has come.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    epoch: Epoch,
    standings: watch::Sender<Standings>,
    /// Whether PostgreSQL tells us.
    told: AtomicBool,
    /// How often rows may have changed without a commit.
    beside: AtomicU64,
}

impl Checkpoints {
    pub(crate) fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            standings: watch::Sender::new(Standings::new()),
            told: AtomicBool::new(false),
            beside: AtomicU64::new(0),
        }
    }

    /// How often rows may have changed without a commit; none while nobody tells us.
    pub(crate) fn beside(&self) -> Option<u64> {
        let beside = self.beside.load(Ordering::SeqCst);
        self.told.load(Ordering::SeqCst).then_some(beside)
    }

    /// How far all of these views have come at least; none while one of them is not known.
    pub(crate) fn least_of(&self, views: &[View]) -> Option<u64> {
        let standings = self.standings.borrow();
        let sequences = views.iter().map(|view| standings.get(view));
        let sequences: Option<Vec<u64>> =
            sequences.map(|standing| Some(standing?.sequence)).collect();
        sequences?.into_iter().min()
    }

    /// How far the first of these views has come.
    pub(crate) fn furthest_of(&self, views: &[View]) -> Option<u64> {
        let standings = self.standings.borrow();
        let standings = views.iter().filter_map(|view| standings.get(view));
        standings.map(|standing| standing.sequence).max()
    }

    fn changed_beside(&self) {
        self.beside.fetch_add(1, Ordering::SeqCst);
    }

    /// Is told whenever a view has come further.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Standings> {
        self.standings.subscribe()
    }

    /// Keeps them up to date until `shutdown`.
    pub(crate) async fn keep(
        &self,
        pool: &PgPool,
        interval: Duration,
        shutdown: &CancellationToken,
    ) {
        let mut told = false;
        while !shutdown.is_cancelled() {
            let listening = Box::pin(self.listen(pool, interval));
            let listening = shutdown.run_until_cancelled(listening).await;
            self.told.store(false, Ordering::SeqCst);
            if let Some(Err(error)) = listening {
                if told {
                    debug!(%error, "the checkpoints are still out of reach");
                } else {
                    warn!(%error, "the checkpoints are out of reach: {error}");
                }
                told = true;
            }
            let _ = shutdown
                .run_until_cancelled(sleep(Duration::from_millis(250)))
                .await;
        }
    }

    async fn listen(&self, pool: &PgPool, interval: Duration) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        self.read(pool).await?;
        // Whatever happened before, nobody told us.
        self.changed_beside();
        self.told.store(true, Ordering::SeqCst);
        // A stream of its own keeps a half-read message when the wait is given up.
        let told = stream::unfold(listener, |mut listener| async move {
            let told = listener.try_recv().await;
            Some((told, listener))
        });
        let mut told = std::pin::pin!(told);
        let mut next_look = Instant::now() + interval;
        loop {
            match timeout_at(next_look, told.next()).await {
                Ok(Some(Ok(Some(notification)))) => {
                    if !self.take(notification.payload()) {
                        self.read(pool).await?;
                    }
                }
                Ok(Some(Err(error))) => return Err(error),
                // The connection was lost and made anew: something may have been missed.
                Ok(Some(Ok(None)) | None) => {
                    self.read(pool).await?;
                    self.changed_beside();
                }
                // Now and then, however much is told meanwhile.
                Err(_) => {
                    self.read(pool).await?;
                    next_look = Instant::now() + interval;
                }
            }
        }
    }

    /// Of which everything is known, and all have come this far.
    #[cfg(test)]
    pub(crate) fn told_of(sequence: u64) -> Self {
        let checkpoints = Self::new("e1".parse().unwrap());
        let standing = Standing {
            sequence,
            degraded: false,
            revision: 0,
        };
        let all = View::ALL.map(|view| (view, standing));
        checkpoints.standings.send_modify(|known| known.extend(all));
        checkpoints.told.store(true, Ordering::SeqCst);
        checkpoints
    }

    /// False when the view's epoch is not known yet and has to be read first.
    pub(crate) fn take(&self, payload: &str) -> bool {
        let parsed = payload
            .split_once(' ')
            .and_then(|(view, sequence)| Some((View::named(view)?, sequence.parse::<u64>().ok()?)));
        let Some((view, sequence)) = parsed else {
            return true;
        };
        self.standings
            .send_if_modified(|standings| match standings.get_mut(&view) {
                Some(known) => {
                    if sequence <= known.sequence {
                        // It tells of itself and has come no further: its rows were changed otherwise.
                        self.changed_beside();
                    }
                    known.sequence = sequence.max(known.sequence);
                    true
                }
                None => false,
            });
        self.standings.borrow().contains_key(&view)
    }

    async fn read(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT view, epoch, sequence, revision, EXISTS(
                 SELECT FROM drape.dead_letter AS letter
                 WHERE letter.view = checkpoint.view AND letter.state = 'parked'
             ) AS \"degraded!\"
             FROM drape.checkpoint"
        )
        .fetch_all(pool)
        .await?;
        let read: Standings = rows
            .into_iter()
            .filter(|row| row.epoch == self.epoch.as_str())
            .filter_map(|row| {
                let standing = Standing {
                    sequence: u64::try_from(row.sequence).ok()?,
                    degraded: row.degraded,
                    revision: row.revision,
                };
                Some((View::named(&row.view)?, standing))
            })
            .collect();
        self.standings.send_if_modified(|standings| {
            let revised = read.iter().any(|(view, now)| {
                let known = standings.get(view);
                known.is_none_or(|known| known.revision != now.revision)
            });
            if revised {
                self.changed_beside();
            }
            let changed = *standings != read;
            *standings = read;
            changed
        });
        Ok(())
    }

    /// How far all views have come; waits until that is at least `sequence`.
    pub(crate) async fn all_at_least(&self, sequence: u64) -> u64 {
        let slowest = |standings: &Standings| {
            View::ALL
                .iter()
                .map(|view| standings.get(view).map(|standing| standing.sequence))
                .min()
                .flatten()
        };
        let mut receiver = self.standings.subscribe();
        let there = receiver
            .wait_for(|standings| slowest(standings).is_some_and(|slowest| slowest >= sequence))
            .await
            .map(|standings| slowest(&standings).unwrap_or(sequence));
        match there {
            Ok(slowest) => slowest,
            // The sender lives in `self`.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until the view is at `min`, at most for `wait`, and answers how far it has come.
    pub(crate) async fn wait(
        &self,
        view: View,
        min: Option<&Position>,
        wait: Duration,
    ) -> Result<Reached, Problem> {
        if min.is_some_and(|min| min.epoch != self.epoch) {
            return Err(epoch_changed());
        }
        let sequence = min.map_or(0, |min| min.sequence);
        if let Some(standing) = self.standings.borrow().get(&view)
            && standing.sequence >= sequence
        {
            return Ok(self.reached(view, *standing));
        }
        let mut receiver = self.standings.subscribe();
        let there = receiver.wait_for(|standings| {
            standings
                .get(&view)
                .is_some_and(|standing| standing.sequence >= sequence)
        });
        match timeout(wait, there).await {
            Ok(Ok(standings)) => {
                let standing = standings.get(&view).copied();
                Ok(self.reached(view, standing.ok_or_else(view_behind)?))
            }
            Ok(Err(_)) | Err(_) => Err(view_behind()),
        }
    }

    fn reached(&self, view: View, standing: Standing) -> Reached {
        Reached {
            position: Position {
                epoch: self.epoch.clone(),
                sequence: standing.sequence,
            },
            degraded: standing.degraded.then(|| view.name()),
        }
    }
}

/// 503: the caller is ahead of the view.
pub(crate) fn view_behind() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "view-behind",
        "This view has not come that far yet",
    )
    .retry_after(1)
}

/// 409: the position is one of another log.
pub(crate) fn epoch_changed() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "epoch-changed",
        "The position belongs to another history",
    )
    .detail("Forget what you know, read again, and follow from there.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoints() -> Checkpoints {
        Checkpoints::told_of(3)
    }

    #[tokio::test]
    async fn a_read_waits_for_its_view_only() {
        let checkpoints = checkpoints();
        let min = "e1-4".parse().unwrap();
        let wait = Duration::from_secs(5);
        assert!(checkpoints.take("picture 4"));
        assert!(checkpoints.take("nonsense"));
        assert!(checkpoints.take("unknown 9"));
        let at = checkpoints
            .wait(View::Picture, Some(&min), wait)
            .await
            .unwrap();
        assert_eq!(
            (at.position.to_string().as_str(), at.degraded),
            ("e1-4", None)
        );
        let late = checkpoints
            .wait(View::GarmentCard, Some(&min), Duration::from_millis(5))
            .await;
        assert_eq!(late.unwrap_err().code(), "view-behind");
    }

    #[tokio::test]
    async fn a_position_of_another_history_is_refused() {
        let min = "e2-1".parse().unwrap();
        let refused = checkpoints()
            .wait(View::Picture, Some(&min), Duration::from_secs(5))
            .await;
        assert_eq!(refused.unwrap_err().code(), "epoch-changed");
    }

    #[tokio::test]
    async fn a_view_that_was_never_read_is_read_first() {
        let checkpoints = Checkpoints::new("e1".parse().unwrap());
        assert!(!checkpoints.take("picture 4"));
    }

    #[tokio::test]
    async fn the_slowest_view_counts() {
        let checkpoints = checkpoints();
        assert!(checkpoints.take("picture 9"));
        assert_eq!(checkpoints.all_at_least(2).await, 3);
    }
}
