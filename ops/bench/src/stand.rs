//! What measurements stand on: nats-servers that sync before they answer, a PostgreSQL with `fsync`, and `drape serve` on them.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use e2e::Process;
use jetstream_es::{EventLog, EventLogConfig};
use tempfile::TempDir;
use testkit::{NatsServer, Postgres, PostgresOptions, free_port};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    cpu,
    http::{Connection, request},
};

/// A cluster's first leader takes a while.
const PATIENCE: Duration = Duration::from_mins(1);
/// JetStream sets this much aside for each log.
const MAX_BYTES: i64 = 2 << 30;

/// Servers of one measurement, gone with it.
pub(crate) struct Stand {
    nats: Vec<NatsServer>,
    pub(crate) postgres: Postgres,
    directory: TempDir,
}

/// A process of `drape serve`.
pub(crate) struct Drape {
    process: Process,
    /// `127.0.0.1:port` of its API.
    pub(crate) address: String,
    /// The database of its views.
    pub(crate) database: String,
}

impl Stand {
    /// One nats-server, or a cluster of as many as there are to be copies.
    pub(crate) async fn start(replicas: usize) -> anyhow::Result<Self> {
        let durable = Postgres::start_with(PostgresOptions { durable: true });
        let nats = if replicas == 1 {
            vec![NatsServer::start().await?]
        } else {
            NatsServer::start_cluster(replicas).await?
        };
        Ok(Self {
            nats,
            postgres: durable.await?,
            directory: tempfile::Builder::new().prefix("drape-bench-").tempdir()?,
        })
    }

    pub(crate) fn replicas(&self) -> usize {
        self.nats.len()
    }

    /// The first nats-server.
    pub(crate) fn nats(&mut self) -> anyhow::Result<&mut NatsServer> {
        self.nats.first_mut().context("no nats-server")
    }

    fn joined(&self, address: fn(&NatsServer) -> String) -> String {
        self.nats.iter().map(address).collect::<Vec<_>>().join(",")
    }

    /// A connection as the roles have it.
    pub(crate) async fn client(&self) -> anyhow::Result<async_nats::Client> {
        Ok(jetstream_es::connect(&self.joined(NatsServer::url), "bench").await?)
    }

    /// The log in the stream `name`, over a connection of its own. Made if there is none.
    pub(crate) async fn log(&self, name: &str) -> anyhow::Result<EventLog> {
        let config = EventLogConfig {
            replicas: self.replicas(),
            max_bytes: MAX_BYTES,
            monitor_url: Some(self.joined(NatsServer::monitor_url)),
            ..EventLogConfig::new(name, prefix(name))
        };
        let client = self.client().await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match EventLog::open(client.clone(), config.clone()).await {
                Ok(log) => return Ok(log),
                Err(error) if Instant::now() > deadline => return Err(error.into()),
                Err(_) => sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// `drape serve` with these roles on the log `name` and a database of its own; waits until it is ready.
    pub(crate) async fn drape(&self, name: &str, settings: &Settings) -> anyhow::Result<Drape> {
        self.drape_with(name, settings, &[]).await
    }

    /// The same, with more of its configuration.
    pub(crate) async fn drape_with(
        &self,
        name: &str,
        settings: &Settings,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Drape> {
        self.log(name).await?;
        let folder = self.directory.path().join(name);
        std::fs::create_dir_all(&folder)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let database = self.postgres.fresh_database().await?;
        let env = [
            ("DRAPE_HTTP_LISTEN", address.clone()),
            (
                "DRAPE_INTERNAL_LISTEN",
                format!("127.0.0.1:{}", free_port()?),
            ),
            ("DRAPE_NATS_URL", self.joined(NatsServer::url)),
            (
                "DRAPE_NATS_MONITOR_URL",
                self.joined(NatsServer::monitor_url),
            ),
            ("DRAPE_NATS_REPLICAS", self.replicas().to_string()),
            ("DRAPE_NATS_MAX_BYTES", MAX_BYTES.to_string()),
            ("DRAPE_NATS_STREAM", name.to_owned()),
            ("DRAPE_NATS_SUBJECT_PREFIX", prefix(name)),
            ("DRAPE_DATABASE_URL", database.clone()),
            (
                "DRAPE_BLOB_URL",
                format!("file://{}", folder.join("blobs").display()),
            ),
            (
                "DRAPE_EXPORTS_FOLDER",
                folder.join("exports").display().to_string(),
            ),
            (
                "DRAPE_IMPORTS_FOLDER",
                folder.join("imports").display().to_string(),
            ),
            (
                "DRAPE_AUTH_TOKENS",
                format!("{TOKEN}:admin:{}", Uuid::from_u128(1)),
            ),
            (
                "DRAPE_HTTP_CLIENT_ADDRESS_HEADER",
                "x-forwarded-for".to_owned(),
            ),
            ("DRAPE_PROJECTOR_ARCHIVE", settings.archive.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let more = more
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let env: Vec<_> = env.into_iter().chain(more).collect();
        let args = ["serve", "--roles", settings.roles];
        let process = Process::start("drape", &args, &env, &folder.join("drape.log"))?;
        let mut drape = Drape {
            process,
            address,
            database,
        };
        drape.ready().await?;
        Ok(drape)
    }

    /// What a `drape` needs that reads and writes the log `name` and nothing else.
    pub(crate) fn alone(&self, name: &str) -> Vec<(String, String)> {
        let blobs = format!("file://{}", self.folder("blobs").display());
        [
            ("DRAPE_BLOB_URL", blobs),
            ("DRAPE_NATS_URL", self.joined(NatsServer::url)),
            (
                "DRAPE_NATS_MONITOR_URL",
                self.joined(NatsServer::monitor_url),
            ),
            ("DRAPE_NATS_REPLICAS", self.replicas().to_string()),
            ("DRAPE_NATS_MAX_BYTES", MAX_BYTES.to_string()),
            ("DRAPE_NATS_STREAM", name.to_owned()),
            ("DRAPE_NATS_SUBJECT_PREFIX", prefix(name)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// What the nats-servers have used so far, in microseconds of processor time.
    pub(crate) fn nats_cpu(&self) -> u64 {
        let pids = self.nats.iter().filter_map(NatsServer::pid);
        pids.map(cpu::of_process).sum()
    }

    /// What PostgreSQL has used so far, in microseconds of processor time.
    pub(crate) fn postgres_cpu(&self) -> u64 {
        self.postgres.pid().map_or(0, cpu::of_family)
    }

    /// A folder for what a measurement writes.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// What a measurement wants of a `drape serve`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// With commas.
    pub(crate) roles: &'static str,
    /// Whether the projector archives the log.
    pub(crate) archive: bool,
}

/// All of the monolith, as `ops/up` runs it.
pub(crate) const WHOLE: Settings = Settings {
    roles: "command-api,query-api,projector,image-processor",
    archive: true,
};

/// The token of an admin of every `drape serve` here.
pub(crate) const TOKEN: &str = "bench-token";

impl Drape {
    async fn ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let question = request("GET", "/readyz", &[], "");
        loop {
            if let Ok(mut connection) = Connection::open(&self.address).await
                && let Ok(answer) = connection.send(&question).await
                && answer.status == 200
            {
                return Ok(());
            }
            if !self.process.is_alive() || Instant::now() > deadline {
                bail!(
                    "drape serve does not get ready:\n{}",
                    self.process.log_tail()
                );
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What it has used so far, in microseconds of processor time.
    pub(crate) fn cpu(&self) -> u64 {
        cpu::of_process(self.process.pid())
    }

    /// All projections as an admin sees them.
    pub(crate) async fn projections(&self) -> anyhow::Result<serde_json::Value> {
        let mut connection = Connection::open(&self.address).await?;
        let question = request("GET", "/v1/admin/projections", &[], "");
        let answer = connection.send(&question).await?;
        serde_json::from_slice(&answer.body).context("the projections are no JSON")
    }

    /// Waits until no projection is behind.
    pub(crate) async fn caught_up(&self, patience: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            let found = self.projections().await?;
            let all = found["items"].as_array().context("no projections")?;
            if all.iter().all(|one| one["lag_commits"] == 0) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the views do not catch up: {found}");
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The subjects of the log `name`.
pub(crate) fn prefix(name: &str) -> String {
    format!("bench.{}", name.to_lowercase())
}

/// Another id each time.
pub(crate) fn fresh_id() -> Uuid {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // Apart from those of `seed`, and spread as real ones are.
    Uuid::from_u128((u128::from(count.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64) | 1)
}
