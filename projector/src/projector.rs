//! All views of one process, the archive, the builder of new generations, and who tells the log what was decided.

use std::sync::atomic::AtomicBool;

use jetstream_es::EventLog;
use sqlx::PgPool;
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::{
    archive::{self, Archiver},
    control,
    decision::Teller,
    generation::Generation,
    health::Health,
    options::ProjectorOptions,
    rebuild::Rebuilder,
    run_view::Runner,
    views,
};

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
        let views = views::all().into_iter().map(|view| view.name);
        let archive = options.archive.then_some(archive::NAME);
        let health = Health::new(views.chain(archive));
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
        let decided = watch::Sender::new(0);
        for view in views::all() {
            let runner = Runner {
                live: Generation::live(view),
                log: self.log.clone(),
                pool: self.pool.clone(),
                options: self.options.clone(),
                health: self.health.clone(),
                decided: decided.subscribe(),
                shutdown: shutdown.clone(),
                retried: AtomicBool::new(false),
            };
            tasks.spawn(runner.run());
        }
        let rebuilder = Rebuilder {
            log: self.log.clone(),
            pool: self.pool.clone(),
            options: self.options.clone(),
            asked: decided.subscribe(),
        };
        tasks.spawn(rebuilder.run(shutdown.clone()));
        if self.options.archive {
            let archiver = Archiver {
                log: self.log.clone(),
                pool: self.pool.clone(),
                options: self.options.clone(),
                health: self.health.clone(),
                shutdown: shutdown.clone(),
            };
            tasks.spawn(archiver.run());
        }
        if self.options.tell_decisions {
            let teller = Teller::new(self.log.clone(), self.pool.clone(), decided.subscribe());
            tasks.spawn(teller.run(shutdown.clone()));
        }
        tasks.spawn(control::listen(self.pool.clone(), decided, shutdown));
        while let Some(ended) = tasks.join_next().await {
            if let Err(failure) = ended {
                error!(error = %failure, "a view's task failed: {failure}");
            }
        }
    }
}
