//! A log, a database, and projectors between them.

use std::{sync::Arc, time::Duration};

use jetstream_es::{EventLog, EventLogConfig};
use projector::{Health, Projector, ProjectorOptions};
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
    Shared { _held: Arc<Postgres> },
    Own(Box<Postgres>),
}

pub(crate) struct System {
    pub(crate) nats: NatsServer,
    pub(crate) log: EventLog,
    pub(crate) pool: PgPool,
    database: Database,
}

impl System {
    pub(crate) async fn start() -> Self {
        let postgres = Postgres::shared().await.unwrap();
        let url = postgres.fresh_database().await.unwrap();
        Self::with(Database::Shared { _held: postgres }, &url).await
    }

    /// With a database server that the test may kill.
    pub(crate) async fn start_alone() -> Self {
        let postgres = Postgres::start().await.unwrap();
        let url = postgres.fresh_database().await.unwrap();
        Self::with(Database::Own(Box::new(postgres)), &url).await
    }

    async fn with(database: Database, url: &str) -> Self {
        let nats = NatsServer::start().await.unwrap();
        let mut config = EventLogConfig::new("DRAPE_EVENTS", "drape.events");
        config.monitor_url = Some(nats.monitor_url());
        let log = EventLog::open(nats.client().await.unwrap(), config)
            .await
            .unwrap();
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
            database,
        }
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

pub(crate) struct Running {
    pub(crate) health: Health,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}
