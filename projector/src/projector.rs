//! All views of one process.

use jetstream_es::EventLog;
use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::{health::Health, options::ProjectorOptions, run_view::Runner, views};

/// Keeps all views up with the log.
pub struct Projector {
    log: EventLog,
    pool: PgPool,
    options: ProjectorOptions,
    health: Health,
}

impl Projector {
    /// A projector of all views. Needs a migrated database; touches nothing before [`Projector::run`].
    pub fn new(log: EventLog, pool: PgPool, options: ProjectorOptions) -> Self {
        let health = Health::new(views::all().iter().map(|view| view.name));
        Self {
            log,
            pool,
            options,
            health,
        }
    }

    /// A handle that says how the views are doing.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Projects until `shutdown`; batches that are under way are ended first.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut tasks = JoinSet::new();
        for view in views::all() {
            let runner = Runner {
                view,
                log: self.log.clone(),
                pool: self.pool.clone(),
                options: self.options.clone(),
                health: self.health.clone(),
                shutdown: shutdown.clone(),
            };
            tasks.spawn(runner.run());
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(failure) = ended {
                error!(error = %failure, "a view's task failed: {failure}");
            }
        }
    }
}
