//! All servers and processes of one system.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use jetstream_es::{EventLog, EventLogConfig};
use reqwest::StatusCode;
use tempfile::TempDir;
use testkit::{NatsServer, NatsServerOptions, Postgres, eventually_within, free_port};

use crate::{client::Client, process::Process};

/// The networks as committed.
const MODEL_PACK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tryon-worker/models/drape-2026.1"
);

/// A garment of the demo catalogue and a person whom it suits: journeys are about the system, not about the engine's limits.
const GARMENT: &str = "wide-stripe-tee";
const PERSON: &str = "people/person-02.jpg";

/// What the maintenance user `operator` of the event log's server says.
pub const OPERATOR_PASSWORD: &str = "for-tests-only";

/// Who may do what on the event log's server, as shipped.
fn permissions() -> String {
    let shipped = include_str!("../../ops/nats/permissions.conf");
    shipped.replace("$DRAPE_NATS_OPERATOR_PASSWORD", OPERATOR_PASSWORD)
}

/// What a journey wants to be different.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Run the projector as a process of its own, so that it can die alone.
    pub separate_projector: bool,
    /// How many try-on workers to start; 0 for journeys that need none.
    pub workers: usize,
    /// How long the projector dawdles before each batch.
    pub projector_delay_ms: u64,
}

/// A running system.
pub struct System {
    /// The event log's server.
    pub nats: NatsServer,
    /// The views' server.
    pub postgres: Postgres,
    /// `drape serve`, of all roles or of all but the projector.
    pub drape: Process,
    /// `drape serve --roles projector`, if it was asked for.
    pub projector: Option<Process>,
    /// `drape-tryon-worker serve`, as many as asked for.
    pub workers: Vec<Process>,
    directory: TempDir,
    drape_env: Vec<(String, String)>,
    http_port: u16,
    grpc_port: u16,
    roles: &'static str,
}

impl System {
    /// Starts everything and waits until it is ready.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let nats = NatsServer::start_with(NatsServerOptions {
            extra_config: permissions(),
            ..NatsServerOptions::default()
        });
        let (nats, postgres) = tokio::try_join!(nats, Postgres::start())?;
        let directory = tempfile::Builder::new().prefix("drape-e2e-").tempdir()?;
        let (http_port, grpc_port) = (free_port()?, free_port()?);
        let database = postgres.fresh_database().await?;
        let blobs = format!("file://{}", directory.path().join("blobs").display());
        let exports = directory.path().join("exports").display().to_string();
        let drape_env = [
            ("DRAPE_HTTP_LISTEN", format!("127.0.0.1:{http_port}")),
            ("DRAPE_INTERNAL_LISTEN", format!("127.0.0.1:{grpc_port}")),
            ("DRAPE_NATS_URL", nats.url()),
            ("DRAPE_NATS_MONITOR_URL", nats.monitor_url()),
            ("DRAPE_DATABASE_URL", database),
            ("DRAPE_BLOB_URL", blobs),
            ("DRAPE_EXPORTS_FOLDER", exports),
            ("DRAPE_AUTH_TOKENS", tokens()),
            (
                "DRAPE_PROJECTOR_DELAY_PER_BATCH_MS",
                options.projector_delay_ms.to_string(),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        let roles = if options.separate_projector {
            "command-api,query-api,image-processor"
        } else {
            "command-api,query-api,projector,image-processor"
        };
        let drape = start_drape(&drape_env, directory.path(), roles)?;
        let mut system = Self {
            nats,
            postgres,
            drape,
            projector: None,
            workers: vec![],
            roles,
            directory,
            drape_env,
            http_port,
            grpc_port,
        };
        if options.separate_projector {
            system.start_projector()?;
        }
        system.ready().await?;
        for _ in 0..options.workers {
            system.add_worker()?;
        }
        Ok(system)
    }

    /// Waits until `drape serve` says that it is ready.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let client = self.anonymous()?;
        eventually_within(Duration::from_mins(1), "drape serve to be ready", || {
            let client = client.clone();
            async move {
                let answer = client.get("/readyz").await.ok()?;
                answer.status.is_success().then_some(())
            }
        })
        .await;
        Ok(())
    }

    /// Starts `drape serve` again after it was ended.
    pub async fn restart_drape(&mut self) -> anyhow::Result<()> {
        self.start_drape()?;
        self.ready().await
    }

    /// Like [`System::restart_drape`], but does not wait until it is ready: its servers may be away.
    pub fn start_drape(&mut self) -> anyhow::Result<()> {
        self.drape = start_drape(&self.drape_env, self.directory.path(), self.roles)?;
        Ok(())
    }

    /// Starts the projector's own process, for the first time or after it was ended.
    pub fn start_projector(&mut self) -> anyhow::Result<()> {
        let mut env = self.drape_env.clone();
        let listen = format!("127.0.0.1:{}", free_port()?);
        env.push(("DRAPE_HTTP_LISTEN".to_owned(), listen));
        let log = self.directory.path().join("projector.log");
        let args = ["serve", "--roles", "projector"];
        self.projector = Some(Process::start("drape", &args, &env, &log)?);
        Ok(())
    }

    /// Starts one more try-on worker.
    pub fn add_worker(&mut self) -> anyhow::Result<()> {
        let worker = self.start_worker(self.workers.len())?;
        self.workers.push(worker);
        Ok(())
    }

    /// Starts a try-on worker again after it was ended.
    pub fn restart_worker(&mut self, number: usize) -> anyhow::Result<()> {
        self.workers[number] = self.start_worker(number)?;
        Ok(())
    }

    fn start_worker(&self, number: usize) -> anyhow::Result<Process> {
        let directory = self.directory.path();
        let log = directory.join(format!("worker-{number}.log"));
        let env = [
            ("DRAPE_NATS_URL".to_owned(), self.nats.url()),
            ("DRAPE_NATS_MONITOR_URL".to_owned(), self.nats.monitor_url()),
            (
                "DRAPE_MEDIA_URL".to_owned(),
                format!("http://127.0.0.1:{}", self.grpc_port),
            ),
            ("DRAPE_MODEL_PACK".to_owned(), MODEL_PACK.to_owned()),
            (
                "DRAPE_WORKER_LISTEN".to_owned(),
                format!("127.0.0.1:{}", free_port()?),
            ),
        ];
        Process::start("drape-tryon-worker", &["serve"], &env, &log)
    }

    /// A caller without a token.
    pub fn anonymous(&self) -> anyhow::Result<Client> {
        Client::new(&format!("http://127.0.0.1:{}", self.http_port), None)
    }

    /// A caller with a role: `shopper`, `other-shopper`, `merchandiser`, `analyst`, `admin`.
    pub fn caller(&self, role: &str) -> anyhow::Result<Client> {
        Client::new(
            &format!("http://127.0.0.1:{}", self.http_port),
            Some(&format!("{role}-token")),
        )
    }

    /// The database of the views.
    pub fn database_url(&self) -> &str {
        let url = self
            .drape_env
            .iter()
            .find(|(name, _)| name == "DRAPE_DATABASE_URL");
        url.map_or("", |(_, url)| url)
    }

    /// Publishes a garment, uploads a person, and asks for a try-on: the shopper who asked, and where to look.
    pub async fn request_try_on(&self) -> anyhow::Result<(Client, String)> {
        let (shopper, person, garment) = self.fitting_room().await?;
        let accepted = shopper.try_on(&person, &garment).await?;
        let accepted = accepted.expect(StatusCode::ACCEPTED)?;
        let location = accepted.location.context("no Location")?;
        Ok((shopper, location))
    }

    /// A shopper with an uploaded person, and a published garment to try on.
    pub async fn fitting_room(&self) -> anyhow::Result<(Client, String, String)> {
        let (shop, shopper) = (self.caller("merchandiser")?, self.caller("shopper")?);
        let picture = demo_picture(&format!("garments/{GARMENT}.jpg"))?;
        let garment = shop.publish_garment(GARMENT, "tops", picture).await?;
        let photo = demo_picture(PERSON)?;
        let uploaded = shopper.upload("person", "image/jpeg", photo).await?;
        let person = uploaded.expect(StatusCode::CREATED)?.id()?;
        Ok((shopper, person, garment))
    }

    /// Runs `drape` with these arguments against this system, and answers what it said.
    pub async fn drape_command(&self, args: &[&str]) -> anyhow::Result<String> {
        let log = tempfile::NamedTempFile::new_in(self.directory.path())?;
        Process::run("drape", args, &self.drape_env, log.path()).await?;
        Ok(std::fs::read_to_string(log.path())?)
    }

    /// The log itself, as an analyst sees it.
    pub async fn log(&self) -> anyhow::Result<EventLog> {
        let mut config = EventLogConfig::new("DRAPE_EVENTS", "drape.events");
        config.monitor_url = Some(self.nats.monitor_url());
        EventLog::open(self.nats.client().await?, config)
            .await
            .context("cannot open the log")
    }
}

fn start_drape(env: &[(String, String)], directory: &Path, roles: &str) -> anyhow::Result<Process> {
    let args = ["serve", "--roles", roles];
    Process::start("drape", &args, env, &directory.join("drape.log"))
}

/// Tokens for `System::caller`: two shoppers, so that one can try to see what is the other's.
fn tokens() -> String {
    let callers = [
        ("shopper", "shopper"),
        ("other-shopper", "shopper"),
        ("merchandiser", "merchandiser"),
        ("analyst", "analyst"),
        ("admin", "admin"),
    ];
    let entries = callers.iter().enumerate().map(|(number, (name, role))| {
        format!("{name}-token:{role}:00000000-0000-7000-8000-00000000000{number}")
    });
    entries.collect::<Vec<_>>().join(",")
}

/// The photo that journeys upload.
pub fn photo() -> anyhow::Result<Vec<u8>> {
    demo_picture(PERSON)
}

fn demo_picture(name: &str) -> anyhow::Result<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../gateway/demo")
        .join(name);
    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}
