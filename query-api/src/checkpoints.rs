//! How far each view has come: told by PostgreSQL, kept in memory, waited for by reads.

use std::{collections::BTreeMap, time::Duration};

use axum::http::StatusCode;
use futures::{StreamExt, stream};
use http_kit::Problem;
use jetstream_es::{Epoch, Position};
use sqlx::{PgPool, postgres::PgListener};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// The views that answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum View {
    GarmentCard,
    GarmentPage,
    TryonStatus,
    Picture,
}

impl View {
    const ALL: [Self; 4] = [
        Self::GarmentCard,
        Self::GarmentPage,
        Self::TryonStatus,
        Self::Picture,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::GarmentCard => "garment_card",
            Self::GarmentPage => "garment_page",
            Self::TryonStatus => "tryon_status",
            Self::Picture => "picture",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }
}

const CHANNEL: &str = "drape_checkpoint";

type Sequences = BTreeMap<View, u64>;

/// How far each view has come.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    epoch: Epoch,
    sequences: watch::Sender<Sequences>,
}

impl Checkpoints {
    pub(crate) fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            sequences: watch::Sender::new(Sequences::new()),
        }
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
            let listening = shutdown.run_until_cancelled(listening);
            if let Some(Err(error)) = listening.await {
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
        // A stream of its own keeps a half-read message when the wait is given up.
        let told = stream::unfold(listener, |mut listener| async move {
            let told = listener.try_recv().await;
            Some((told, listener))
        });
        let mut told = std::pin::pin!(told);
        loop {
            match timeout(interval, told.next()).await {
                Ok(Some(Ok(Some(notification)))) => {
                    if !self.take(notification.payload()) {
                        self.read(pool).await?;
                    }
                }
                Ok(Some(Err(error))) => return Err(error),
                // The connection was lost and made anew: something may have been missed.
                Ok(Some(Ok(None)) | None) | Err(_) => self.read(pool).await?,
            }
        }
    }

    /// False when the view's epoch is not known yet and has to be read first.
    fn take(&self, payload: &str) -> bool {
        let parsed = payload
            .split_once(' ')
            .and_then(|(view, sequence)| Some((View::named(view)?, sequence.parse::<u64>().ok()?)));
        let Some((view, sequence)) = parsed else {
            return true;
        };
        self.sequences
            .send_if_modified(|sequences| match sequences.get_mut(&view) {
                Some(known) => {
                    *known = sequence.max(*known);
                    true
                }
                None => false,
            });
        self.sequences.borrow().contains_key(&view)
    }

    async fn read(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let rows = sqlx::query!("SELECT view, epoch, sequence FROM drape.checkpoint")
            .fetch_all(pool)
            .await?;
        let read: Sequences = rows
            .into_iter()
            .filter(|row| row.epoch == self.epoch.as_str())
            .filter_map(|row| Some((View::named(&row.view)?, u64::try_from(row.sequence).ok()?)))
            .collect();
        self.sequences.send_if_modified(|sequences| {
            let changed = *sequences != read;
            *sequences = read;
            changed
        });
        Ok(())
    }

    /// How far all views have come; waits until that is at least `sequence`.
    pub(crate) async fn all_at_least(&self, sequence: u64) -> u64 {
        let slowest = |sequences: &Sequences| {
            View::ALL
                .iter()
                .map(|view| sequences.get(view).copied())
                .min()
                .flatten()
        };
        let mut receiver = self.sequences.subscribe();
        let there = receiver
            .wait_for(|sequences| slowest(sequences).is_some_and(|slowest| slowest >= sequence))
            .await
            .map(|sequences| slowest(&sequences).unwrap_or(sequence));
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
    ) -> Result<Position, Problem> {
        if min.is_some_and(|min| min.epoch != self.epoch) {
            return Err(epoch_changed());
        }
        let sequence = min.map_or(0, |min| min.sequence);
        let mut receiver = self.sequences.subscribe();
        let there = receiver.wait_for(|sequences| {
            sequences
                .get(&view)
                .is_some_and(|reached| *reached >= sequence)
        });
        match timeout(wait, there).await {
            Ok(Ok(sequences)) => Ok(Position {
                epoch: self.epoch.clone(),
                sequence: sequences.get(&view).copied().unwrap_or(sequence),
            }),
            Ok(Err(_)) | Err(_) => Err(view_behind()),
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
        let checkpoints = Checkpoints::new("e1".parse().unwrap());
        checkpoints
            .sequences
            .send_modify(|known| known.extend(View::ALL.map(|view| (view, 3))));
        checkpoints
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
        assert_eq!(at.to_string(), "e1-4");
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
