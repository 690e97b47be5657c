//! A log, a database, and projectors between them.

use std::{sync::Arc, time::Duration};

use jetstream_es::{EventLog, EventLogConfig};
use projector::{HaltError, Health, Projector, ProjectorOptions, ViewState};
use sqlx::{PgPool, postgres::PgPoolOptions};
use testkit::{NatsServer, Postgres, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Options that notice things sooner.
pub(crate) fn quick() -> ProjectorOptions {
    ProjectorOptions {
        verify_interval: Duration::from_millis(200),
        longest_pause: Duration::from_millis(200),
        ..ProjectorOptions::default()
    }
}

enum Database {
    Shared { held: Arc<Postgres> },
    Own(Box<Postgres>),
}

pub(crate) struct System {
    pub(crate) nats: NatsServer,
    pub(crate) log: EventLog,
    pub(crate) pool: PgPool,
    pub(crate) url: String,
    database: Database,
}

impl System {
    pub(crate) async fn start() -> Self {
        let postgres = Postgres::shared().await.unwrap();
        let url = postgres.fresh_database().await.unwrap();
        Self::with(Database::Shared { held: postgres }, &url).await
    }

    /// With a database server that the test may kill.
    pub(crate) async fn start_alone() -> Self {
        let postgres = Postgres::start().await.unwrap();
        let url = postgres.fresh_database().await.unwrap();
        Self::with(Database::Own(Box::new(postgres)), &url).await
    }

    async fn with(database: Database, url: &str) -> Self {
        let nats = NatsServer::start().await.unwrap();
        let log = open(&nats).await;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .connect(url)
            .await
            .unwrap();
        projector::migrate(&pool).await.unwrap();
        Self {
            nats,
            log,
            pool,
            url: url.to_owned(),
            database,
        }
    }

    /// Another empty database on the same server.
    pub(crate) async fn other_database(&self) -> PgPool {
        let postgres = match &self.database {
            Database::Shared { held } => held,
            Database::Own(postgres) => &**postgres,
        };
        let url = postgres.fresh_database().await.unwrap();
        PgPoolOptions::new().connect(&url).await.unwrap()
    }

    pub(crate) fn postgres_mut(&mut self) -> &mut Postgres {
        match &mut self.database {
            Database::Own(postgres) => postgres,
            Database::Shared { .. } => panic!("this database server is shared"),
        }
    }

    pub(crate) fn project(&self, options: ProjectorOptions) -> Running {
        let projector = Projector::new(self.log.clone(), self.pool.clone(), options);
        let health = projector.health();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(projector.run(shutdown.clone()));
        Running {
            health,
            shutdown,
            task,
        }
    }

    /// Waits until the log ends there.
    pub(crate) async fn logged(&self, sequence: u64) {
        eventually("the log to be told", || async {
            let last = self.log.last_sequence().await.ok()?;
            (last == sequence).then_some(())
        })
        .await;
    }

    pub(crate) async fn reached(&self, view: &'static str, sequence: u64) {
        eventually(view, || async {
            let reached: i64 =
                sqlx::query_scalar("SELECT sequence FROM drape.checkpoint WHERE view = $1")
                    .bind(view)
                    .fetch_one(&self.pool)
                    .await
                    .ok()?;
            (u64::try_from(reached).unwrap() >= sequence).then_some(())
        })
        .await;
    }
}

/// The log on a server, which may be one that never had it.
pub(crate) async fn open(nats: &NatsServer) -> EventLog {
    let client = nats.client().await.unwrap();
    EventLog::open(client, log_config(nats)).await.unwrap()
}

/// Of the log on a server.
pub(crate) fn log_config(nats: &NatsServer) -> EventLogConfig {
    let mut config = EventLogConfig::new("DRAPE_EVENTS", "drape.events");
    config.monitor_url = Some(nats.monitor_url());
    config
}

pub(crate) struct Running {
    pub(crate) health: Health,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Waits until the view halts, and says why.
    pub(crate) async fn halted(&self, view: &'static str) -> Arc<HaltError> {
        eventually(view, || {
            let views = self.health.views();
            async move {
                let found = views.into_iter().find(|found| found.view == view)?;
                match found.state {
                    ViewState::Halted { error } => Some(error),
                    ViewState::Starting
                    | ViewState::Running
                    | ViewState::Waiting { .. }
                    | ViewState::Paused
                    | ViewState::Outdated => None,
                }
            }
        })
        .await
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}
