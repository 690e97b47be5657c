//! The catalogue in memory, kept up to date with the views.

use std::{sync::Arc, time::Duration};

use axum::http::Uri;
use catalogue_search::{Index, Snapshot};
use http_kit::Problem;
use jetstream_es::Position;
use sqlx::PgConnection;
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};
use tracing::{info, warn};

use super::{
    answers::Answers,
    arrangement::Arrangement,
    load::{Changes, Stand, changes},
    popularity::{Popularity, count},
};
use crate::{
    checkpoints::{Reached, View, view_behind},
    query_api::Inner,
};

/// Changes are gathered for so long: each time costs work in proportion to the catalogue.
const PAUSE: Duration = Duration::from_millis(100);

/// After a failure.
const RETRY: Duration = Duration::from_secs(1);

/// A whole catalogue takes its time to be read.
const LOAD_LIMIT: Duration = Duration::from_mins(1);

/// What is shown, and up to where.
#[derive(Clone, Default)]
struct Standing {
    catalogue: Option<Arc<Snapshot>>,
    arrangement: Arc<Arrangement>,
    popularity: Arc<Popularity>,
    /// What was answered out of all that.
    answers: Arc<Answers>,
    reached: u64,
}

/// The catalogue at a moment, with what merchandisers and shoppers make of it.
pub(crate) struct Shown {
    pub(crate) catalogue: Arc<Snapshot>,
    pub(crate) arrangement: Arc<Arrangement>,
    pub(crate) popularity: Arc<Popularity>,
    pub(crate) answers: Arc<Answers>,
    pub(crate) reached: Reached,
}

/// The catalogue in memory, kept up to date with the views.
pub(crate) struct Shelf {
    standing: watch::Sender<Standing>,
}

/// What the task that keeps the shelf knows.
struct Keeper {
    index: Index,
    stand: Stand,
    arrangement: Arc<Arrangement>,
    /// When popularity was counted last, and of what.
    counted: Option<(Instant, (i64, i64))>,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self {
            standing: watch::Sender::new(Standing::default()),
        }
    }

    /// Keeps the shelf up to date, for ever.
    pub(crate) async fn keep(&self, api: &Inner) {
        let mut told = api.checkpoints.subscribe();
        let mut keeper = None;
        loop {
            let pause = match self.refresh(api, keeper.take()).await {
                Ok(kept) => {
                    keeper = Some(kept);
                    PAUSE
                }
                Err(error) => {
                    warn!(%error, "the catalogue cannot be read into memory: {error:#}");
                    RETRY
                }
            };
            sleep(pause).await;
            // Popularity is counted late: it has to be looked at though nothing is told any more.
            let next = timeout(api.options.popularity_interval, told.changed());
            if pause == PAUSE && matches!(next.await, Ok(Err(_))) {
                return;
            }
        }
    }

    async fn refresh(&self, api: &Inner, keeper: Option<Keeper>) -> anyhow::Result<Keeper> {
        let mut keeper = match keeper {
            Some(keeper) => keeper,
            None => Keeper {
                index: Index::new()?,
                stand: Stand::default(),
                arrangement: Arc::default(),
                counted: None,
            },
        };
        let mut connection = api.pool.acquire().await?;
        let reading = changes(&mut connection, &keeper.stand);
        let mut changes = timeout(LOAD_LIMIT, reading).await??;
        let popularity = keeper.recount(&mut connection, changes.stand.picks, api);
        let popularity = timeout(LOAD_LIMIT, popularity).await??;
        drop(connection);
        let first = self.standing.borrow().catalogue.is_none();
        keeper.arrange(&mut changes)?;
        let catalogue = if changes.leave_garments() && !first {
            keeper.stand = changes.stand;
            None
        } else {
            let (kept, snapshot) = spawn_blocking(move || keeper.take_in(changes)).await??;
            keeper = kept;
            if first {
                info!(garments = snapshot.len(), "the catalogue is in memory");
            }
            Some(Arc::new(snapshot))
        };
        self.standing.send_modify(|standing| {
            standing.reached = keeper.stand.reached();
            let arranged = !Arc::ptr_eq(&standing.arrangement, &keeper.arrangement);
            if arranged || catalogue.is_some() || popularity.is_some() {
                standing.answers = Arc::default();
            }
            standing.arrangement = keeper.arrangement.clone();
            if let Some(catalogue) = catalogue {
                standing.catalogue = Some(catalogue);
            }
            if let Some(popularity) = popularity {
                standing.popularity = Arc::new(popularity);
            }
        });
        Ok(keeper)
    }

    /// Whether this address was answered before, by the catalogue as it is.
    pub(super) fn answered(&self, uri: &Uri) -> bool {
        self.standing.borrow().answers.get(uri).is_some()
    }

    /// The catalogue as it is, or after `min`; and how far it has come.
    pub(crate) async fn shown(
        &self,
        api: &Inner,
        min: Option<&Position>,
    ) -> Result<Shown, Problem> {
        let limit = api.options.min_position_wait;
        // Refuses positions of another history, and knows whether the view lacks something.
        let reached = api.checkpoints.wait(View::GarmentCard, min, limit).await?;
        let sequence = min.map_or(0, |min| min.sequence);
        let is_there =
            |standing: &Standing| standing.catalogue.is_some() && standing.reached >= sequence;
        let standing = self.standing.borrow().clone();
        let standing = if is_there(&standing) {
            standing
        } else {
            let mut receiver = self.standing.subscribe();
            match timeout(limit, receiver.wait_for(is_there)).await {
                Ok(Ok(standing)) => standing.clone(),
                Ok(Err(_)) | Err(_) => return Err(view_behind()),
            }
        };
        let position = Position {
            sequence: standing.reached,
            ..reached.position
        };
        Ok(Shown {
            catalogue: standing.catalogue.ok_or_else(view_behind)?,
            arrangement: standing.arrangement,
            popularity: standing.popularity,
            answers: standing.answers,
            reached: Reached {
                position,
                ..reached
            },
        })
    }
}

impl Keeper {
    /// Counts popularity, if its time has come and something was picked since.
    async fn recount(
        &mut self,
        connection: &mut PgConnection,
        picks: (i64, i64),
        api: &Inner,
    ) -> Result<Option<Popularity>, sqlx::Error> {
        let interval = api.options.popularity_interval;
        let is_known = |(at, of): (Instant, (i64, i64))| of == picks || at.elapsed() < interval;
        if self.counted.is_some_and(is_known) {
            return Ok(None);
        }
        let counted = count(connection).await?;
        self.counted = Some((Instant::now(), picks));
        Ok(Some(counted))
    }

    /// Takes in what was arranged.
    fn arrange(&mut self, changes: &mut Changes) -> Result<(), serde_json::Error> {
        if changes.whole {
            self.arrangement = Arc::default();
        }
        let arranged = std::mem::take(&mut changes.arranged);
        if arranged.is_empty() {
            return Ok(());
        }
        Arc::make_mut(&mut self.arrangement).take_in(arranged)
    }

    fn take_in(mut self, changes: Changes) -> anyhow::Result<(Self, Snapshot)> {
        if changes.whole {
            self.index = Index::new()?;
        }
        for id in changes.gone {
            self.index.remove(id);
        }
        for garment in &changes.garments {
            self.index.put(garment)?;
        }
        self.stand = changes.stand;
        let snapshot = self.index.snapshot()?;
        Ok((self, snapshot))
    }
}
