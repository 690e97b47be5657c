//! What the endpoints share, and the tasks behind them.

use std::sync::Arc;

use blob_store::BlobStore;
use futures::FutureExt;
use jetstream_es::{EventLog, Position};
use sqlx::PgPool;
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    catalog::{self, PageReader},
    checkpoints::{Checkpoints, Reached, View, view_behind},
    freshness::Freshness,
    live::{self, LiveFeed, Shares},
    me,
    media::{self, Displays},
    operations,
    options::QueryApiOptions,
    replay::{self, Exports},
    search::{self, Shelf},
    tryon, wardrobe,
};
use ::replay::SchemaSet;
use http_kit::{CursorKeys, Problem};

/// The read side of one process. Cheap to clone.
#[derive(Clone)]
pub struct QueryApi {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) pool: PgPool,
    pub(crate) log: EventLog,
    pub(crate) blobs: BlobStore,
    pub(crate) client: async_nats::Client,
    pub(crate) options: QueryApiOptions,
    pub(crate) shutdown: CancellationToken,
    pub(crate) checkpoints: Arc<Checkpoints>,
    pub(crate) feed: Arc<LiveFeed>,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) shares: Arc<Shares>,
    pub(crate) replays: Arc<Semaphore>,
    pub(crate) exports: Arc<Exports>,
    pub(crate) schemas: Arc<SchemaSet>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) freshness: Arc<Freshness>,
    pub(crate) displays: Arc<Displays>,
    pub(crate) pages: PageReader,
    pub(crate) cursor_keys: CursorKeys,
    tasks: TaskTracker,
}

impl QueryApi {
    /// Starts the tasks behind the endpoints; they end, and so does every open stream, with `shutdown`. The pool should
    /// come from [`crate::read_pool`].
    pub fn new(
        pool: PgPool,
        log: EventLog,
        blobs: BlobStore,
        client: async_nats::Client,
        options: QueryApiOptions,
        schemas: Arc<SchemaSet>,
        shutdown: CancellationToken,
    ) -> Self {
        let checkpoints = Arc::new(Checkpoints::new(log.epoch().clone()));
        let feed = Arc::new(LiveFeed::new(options.ring));
        let tasks = TaskTracker::new();
        let streams = Arc::new(Semaphore::new(options.max_streams));
        let replays = Arc::new(Semaphore::new(options.max_replays));
        let exports = Arc::new(Exports::open(options.exports.clone()));
        let cursor_keys = options.link_keys.cursor_keys();
        let freshness = Arc::new(Freshness::new(checkpoints.clone()));
        let limit = options.database_timeout;
        let displays = Arc::new(Displays::new(&pool, limit, freshness.clone()));
        let pages = PageReader::new(&pool, limit, freshness.clone(), displays.clone());
        let inner = Arc::new(Inner {
            pool,
            log,
            blobs,
            client,
            options,
            shutdown,
            checkpoints,
            feed,
            streams,
            shares: Arc::default(),
            replays,
            exports,
            schemas,
            shelf: Arc::new(Shelf::new()),
            freshness,
            displays,
            pages,
            cursor_keys,
            tasks,
        });
        let keeper = inner.clone();
        inner.tasks.spawn(async move {
            let interval = keeper.options.checkpoint_interval;
            keeper
                .checkpoints
                .keep(&keeper.pool, interval, &keeper.shutdown)
                .await;
        });
        let feeder = inner.clone();
        inner.tasks.spawn(async move {
            let feeding = feeder.feed.run(&feeder);
            feeder.shutdown.run_until_cancelled(feeding).await;
        });
        let shelving = inner.clone();
        inner.tasks.spawn(async move {
            let keeping = Box::pin(shelving.shelf.keep(&shelving));
            shelving.shutdown.run_until_cancelled(keeping).await;
        });
        inner.tasks.close();
        Self { inner }
    }

    /// When a stream that begins now has to end: at the process's end, and when it is too old. Its client comes again, and who
    /// may no longer come in stays outside.
    pub(crate) fn stream_ends(&self) -> impl Future<Output = ()> + Send + 'static {
        let stop = self.inner.shutdown.clone().cancelled_owned();
        timeout(self.inner.options.max_age, stop).map(drop)
    }

    /// Starts something that is waited for at the end.
    pub(crate) fn track(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.spawn(task);
    }

    /// Waits until the tasks behind the endpoints have ended, after `shutdown`.
    pub async fn join(&self) {
        self.inner.tasks.wait().await;
    }

    /// Before this process knows where "now" is, a stream would miss what happens until then.
    pub(crate) async fn live_has_started(&self) -> Result<(), Problem> {
        let limit = self.inner.options.min_position_wait;
        if self.inner.feed.has_started(limit).await {
            Ok(())
        } else {
            Err(Problem::unavailable())
        }
    }

    /// Waits for the view, as far as the client wants it.
    pub(crate) async fn wait(
        &self,
        view: View,
        min: Option<&Position>,
    ) -> Result<Reached, Problem> {
        let inner = &self.inner;
        let wait = inner.options.min_position_wait;
        inner.checkpoints.wait(view, min, wait).await
    }

    /// Waits until the view has everything that is in the log now.
    pub(crate) async fn wait_for_all_logged(&self, view: View) -> Result<Reached, Problem> {
        let log = &self.inner.log;
        let asking = timeout(self.inner.options.database_timeout, log.last_sequence());
        match asking.await {
            Ok(Ok(last)) => self.wait(view, Some(&log.position(last))).await,
            Ok(Err(_)) | Err(_) => Err(Problem::unavailable()),
        }
    }

    /// Waits until every view has come that far.
    pub(crate) async fn wait_for_all_views(&self, sequence: u64) -> Result<(), Problem> {
        let limit = self.inner.options.min_position_wait;
        let waiting = self.inner.checkpoints.all_at_least(sequence);
        match timeout(limit, waiting).await {
            Ok(_) => Ok(()),
            Err(_) => Err(view_behind()),
        }
    }
}

/// All endpoints, with their OpenAPI document. Needs the layer of `http_kit::authenticate_with`.
pub fn router(api: QueryApi) -> OpenApiRouter {
    routes().with_state(api)
}

/// The documentation alone: needs no server.
pub fn document() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .merge(catalog::routes())
        .merge(search::routes())
        .merge(media::routes())
        .merge(me::routes())
        .merge(tryon::routes())
        .merge(wardrobe::routes())
        .merge(live::routes())
        .merge(replay::routes())
        .merge(operations::routes())
}
