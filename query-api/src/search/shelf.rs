//! The catalogue in memory, kept up to date with the views.

use std::{collections::HashSet, sync::Arc, time::Duration};

use catalogue_search::{Index, Snapshot};
use http_kit::Problem;
use jetstream_es::Position;
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tracing::{info, warn};
use uuid::Uuid;

use super::load::{Changes, Stand, changes};
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
    shown: Option<Arc<Snapshot>>,
    cards: u64,
    stock: u64,
}

/// The catalogue in memory, kept up to date with the views.
pub(crate) struct Shelf {
    standing: watch::Sender<Standing>,
}

/// What the task that keeps the shelf knows.
struct Keeper {
    index: Index,
    stand: Stand,
    waiting: HashSet<Uuid>,
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
            if pause == PAUSE && told.changed().await.is_err() {
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
                waiting: HashSet::new(),
            },
        };
        let mut connection = api.pool.acquire().await?;
        let waiting: Vec<Uuid> = keeper.waiting.iter().copied().collect();
        let reading = changes(&mut connection, &keeper.stand, &waiting);
        let changes = timeout(LOAD_LIMIT, reading).await??;
        drop(connection);
        let first = self.standing.borrow().shown.is_none();
        let nothing = changes.garments.is_empty() && changes.gone.is_empty() && !changes.whole;
        let shown = if nothing && !first {
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
            standing.cards = keeper.stand.cards.unsigned_abs();
            standing.stock = keeper.stand.stock.unsigned_abs();
            if let Some(shown) = shown {
                standing.shown = Some(shown);
            }
        });
        Ok(keeper)
    }

    /// The catalogue as it is, or after `min`; and how far it has come.
    pub(crate) async fn shown(
        &self,
        api: &Inner,
        min: Option<&Position>,
    ) -> Result<(Arc<Snapshot>, Reached), Problem> {
        let limit = api.options.min_position_wait;
        // Refuses positions of another history, and knows whether the view lacks something.
        let reached = api.checkpoints.wait(View::GarmentCard, min, limit).await?;
        let sequence = min.map_or(0, |min| min.sequence);
        let mut receiver = self.standing.subscribe();
        let waiting = receiver.wait_for(|standing| {
            standing.shown.is_some() && standing.cards >= sequence && standing.stock >= sequence
        });
        let standing = match timeout(limit, waiting).await {
            Ok(Ok(standing)) => standing.clone(),
            Ok(Err(_)) | Err(_) => return Err(view_behind()),
        };
        let shown = standing.shown.ok_or_else(view_behind)?;
        let position = Position {
            sequence: standing.cards.min(standing.stock),
            ..reached.position
        };
        Ok((
            shown,
            Reached {
                position,
                ..reached
            },
        ))
    }
}

impl Keeper {
    fn take_in(mut self, changes: Changes) -> anyhow::Result<(Self, Snapshot)> {
        if changes.whole {
            self.index = Index::new()?;
            self.waiting.clear();
        }
        for id in changes.gone {
            self.waiting.remove(&id);
            self.index.remove(id);
        }
        for garment in &changes.garments {
            self.waiting.remove(&garment.id);
            self.index.put(garment)?;
        }
        self.waiting.extend(changes.waiting);
        self.stand = changes.stand;
        let snapshot = self.index.snapshot()?;
        Ok((self, snapshot))
    }
}
