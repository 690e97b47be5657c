//! All servers and processes of one system.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use jetstream_es::{EventLog, EventLogConfig};
use reqwest::StatusCode;
use tempfile::TempDir;
use testkit::{NatsServer, Postgres, eventually_within, free_port};

use crate::{
    client::Client,
    process::Process,
    servers::{Detours, Servers, database_as},
};

/// The networks as committed.
const MODEL_PACK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tryon-worker/models/drape-2026.2"
);

/// A garment of the demo catalogue and a person whom it suits: journeys are about the system, not about the engine's limits.
const GARMENT: &str = "wide-stripe-tee";
const PERSON: &str = "people/person-02.jpg";

/// What the monolith and its workers know each other by.
pub const INTERNAL_TOKEN: &str = "for-journeys-only";

/// What a journey wants to be different.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Run the projector as a process of its own, so that it can die alone.
    pub separate_projector: bool,
    /// How many try-on workers to start; 0 for journeys that need none.
    pub workers: usize,
    /// How long the projector dawdles before each batch.
    pub projector_delay_ms: u64,
    /// More settings for all programs, by their variables; these win.
    pub env: Vec<(String, String)>,
}

/// A running system.
pub struct System {
    /// The event log's server.
    pub nats: NatsServer,
    /// The other servers of its cluster, if it has any.
    pub peers: Vec<NatsServer>,
    /// The views' server.
    pub postgres: Postgres,
    /// `drape serve`, of all roles or of all but the projector.
    pub drape: Process,
    /// `drape serve --roles projector`, if it was asked for.
    pub projector: Option<Process>,
    /// `drape-tryon-worker serve`, as many as asked for.
    pub workers: Vec<Process>,
    /// More processes like `drape`, each with its port.
    pub gateways: Vec<(u16, Process)>,
    /// Where programs look for the servers, if not where these are.
    pub detours: Detours,
    directory: TempDir,
    drape_env: Vec<(String, String)>,
    database: String,
    worker_nats: String,
    more_env: Vec<(String, String)>,
    http_port: u16,
    grpc_port: u16,
    roles: &'static str,
}

impl System {
    /// Starts everything and waits until it is ready.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        Self::start_on(Servers::start().await?, options, Detours::default()).await
    }

    /// The same on servers that are there already.
    pub async fn start_on(
        servers: Servers,
        options: Options,
        detours: Detours,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("drape-e2e-").tempdir()?;
        let (http_port, grpc_port) = (free_port()?, free_port()?);
        let blobs = format!("file://{}", directory.path().join("blobs").display());
        let exports = directory.path().join("exports").display().to_string();
        let imports = directory.path().join("imports").display().to_string();
        let mail = directory.path().join("mail");
        std::fs::create_dir(&mail)?;
        let mail = mail.display().to_string();
        let drape_env = [
            ("DRAPE_HTTP_LISTEN", format!("127.0.0.1:{http_port}")),
            ("DRAPE_INTERNAL_LISTEN", format!("127.0.0.1:{grpc_port}")),
            ("DRAPE_NATS_URL", servers.nats_url("drape")),
            ("DRAPE_NATS_MONITOR_URL", servers.monitor_url()),
            ("DRAPE_BLOB_URL", blobs),
            ("DRAPE_EXPORTS_FOLDER", exports),
            ("DRAPE_IMPORTS_FOLDER", imports),
            ("DRAPE_AUTH_TOKENS", tokens()),
            ("DRAPE_MAIL_FOLDER", mail),
            ("DRAPE_INTERNAL_TOKEN", INTERNAL_TOKEN.to_owned()),
            (
                "DRAPE_AUTH_PASSKEY_ORIGINS",
                format!("http://localhost:{http_port}"),
            ),
            (
                "DRAPE_PRIVACY_MASTER_KEYS",
                format!("e2e:{}", "5a".repeat(32)),
            ),
            ("DRAPE_PRIVACY_ERASURE_DELAY_H", "0".to_owned()),
            (
                "DRAPE_PROJECTOR_DELAY_PER_BATCH_MS",
                options.projector_delay_ms.to_string(),
            ),
        ]
        .into_iter()
        .chain(servers.assign().await?)
        .map(|(name, value)| (name.to_owned(), value))
        .chain(servers.env())
        .collect::<Vec<_>>();
        let roles = if options.separate_projector {
            "command-api,query-api,image-processor"
        } else {
            "command-api,query-api,projector,image-processor"
        };
        let env = with(&drape_env, &[detours.of_gateway(), options.env.clone()]);
        let drape = start_drape(&env, directory.path(), roles)?;
        let worker_nats = servers.nats_url("tryon-worker");
        let Servers {
            nats,
            peers,
            postgres,
            database,
        } = servers;
        let mut system = Self {
            nats,
            peers,
            postgres,
            drape,
            projector: None,
            workers: vec![],
            gateways: vec![],
            detours,
            roles,
            directory,
            drape_env,
            database,
            worker_nats,
            more_env: options.env,
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
        let env = with(
            &self.drape_env,
            &[self.detours.of_gateway(), self.more_env.clone()],
        );
        self.drape = start_drape(&env, self.directory.path(), self.roles)?;
        Ok(())
    }

    /// Starts one more process like `drape`, on a port of its own; answers its number.
    pub fn add_gateway(&mut self) -> anyhow::Result<usize> {
        let port = free_port()?;
        let process = self.start_gateway(self.gateways.len(), port)?;
        self.gateways.push((port, process));
        Ok(self.gateways.len() - 1)
    }

    /// Starts one of the additional gateways again after it was ended.
    pub fn restart_gateway(&mut self, number: usize) -> anyhow::Result<()> {
        let port = self.gateways[number].0;
        self.gateways[number].1 = self.start_gateway(number, port)?;
        Ok(())
    }

    fn start_gateway(&self, number: usize, port: u16) -> anyhow::Result<Process> {
        let own = vec![
            ("DRAPE_HTTP_LISTEN".to_owned(), format!("127.0.0.1:{port}")),
            (
                "DRAPE_INTERNAL_LISTEN".to_owned(),
                format!("127.0.0.1:{}", free_port()?),
            ),
        ];
        let env = with(
            &self.drape_env,
            &[self.detours.of_gateway(), self.more_env.clone(), own],
        );
        let log = self.directory.path().join(format!("gateway-{number}.log"));
        Process::start("drape", &["serve", "--roles", self.roles], &env, &log)
    }

    /// Starts the projector's own process, for the first time or after it was ended.
    pub fn start_projector(&mut self) -> anyhow::Result<()> {
        self.projector = Some(self.new_projector("projector.log")?);
        Ok(())
    }

    /// A further projector, which the caller keeps.
    pub fn new_projector(&self, log: &str) -> anyhow::Result<Process> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let own = vec![("DRAPE_HTTP_LISTEN".to_owned(), listen)];
        let env = with(
            &self.drape_env,
            &[self.detours.of_projector(), self.more_env.clone(), own],
        );
        let log = self.directory.path().join(log);
        Process::start("drape", &["serve", "--roles", "projector"], &env, &log)
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
        let mut env: Vec<_> = self
            .drape_env
            .iter()
            .filter(|(name, _)| name.starts_with("DRAPE_NATS_") && name != "DRAPE_NATS_URL")
            .cloned()
            .collect();
        env.extend([
            ("DRAPE_NATS_URL".to_owned(), self.worker_nats.clone()),
            ("DRAPE_INTERNAL_TOKEN".to_owned(), INTERNAL_TOKEN.to_owned()),
            (
                "DRAPE_MEDIA_URL".to_owned(),
                format!("http://127.0.0.1:{}", self.grpc_port),
            ),
            ("DRAPE_MODEL_PACK".to_owned(), MODEL_PACK.to_owned()),
            (
                "DRAPE_WORKER_LISTEN".to_owned(),
                format!("127.0.0.1:{}", free_port()?),
            ),
        ]);
        let env = with(&env, &[self.detours.of_worker(), self.more_env.clone()]);
        Process::start("drape-tryon-worker", &["serve"], &env, &log)
    }

    /// The port of the internal gRPC.
    pub fn internal_port(&self) -> u16 {
        self.grpc_port
    }

    /// The port of the API.
    pub fn http_port(&self) -> u16 {
        self.http_port
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

    /// Whoever has this token.
    pub fn bearer(&self, token: &str) -> anyhow::Result<Client> {
        Client::new(&format!("http://127.0.0.1:{}", self.http_port), Some(token))
    }

    /// The same caller at one of the additional gateways.
    pub fn caller_at(&self, gateway: usize, role: &str) -> anyhow::Result<Client> {
        let (port, _) = self.gateways.get(gateway).context("no such gateway")?;
        Client::new(
            &format!("http://127.0.0.1:{port}"),
            Some(&format!("{role}-token")),
        )
    }

    /// Where the programs of this system write what they say, and where the blobs lie.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Copies what the programs said into this directory.
    pub fn keep_logs(&self, into: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(into)?;
        for entry in std::fs::read_dir(self.directory.path())? {
            let path = entry?.path();
            if let (Some("log"), Some(name)) = (
                path.extension().and_then(std::ffi::OsStr::to_str),
                path.file_name(),
            ) {
                std::fs::copy(&path, into.join(name))?;
            }
        }
        Ok(())
    }

    /// The database, as its superuser.
    pub fn database_url(&self) -> &str {
        &self.database
    }

    /// The database, as one of the users of `ops/postgres/roles.sql`.
    pub fn database_as(&self, user: &str) -> String {
        database_as(&self.database, user)
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
        self.command(args, &self.drape_env).await
    }

    /// The same as the superuser of the database, who may make others.
    pub async fn drape_command_as_superuser(&self, args: &[&str]) -> anyhow::Result<String> {
        let url = ("DRAPE_DATABASE_URL".to_owned(), self.database.clone());
        self.command(args, &with(&self.drape_env, &[vec![url]]))
            .await
    }

    async fn command(&self, args: &[&str], env: &[(String, String)]) -> anyhow::Result<String> {
        let log = tempfile::NamedTempFile::new_in(self.directory.path())?;
        Process::run("drape", args, env, log.path()).await?;
        Ok(std::fs::read_to_string(log.path())?)
    }

    /// The log itself, as an analyst sees it.
    pub async fn log(&self) -> anyhow::Result<EventLog> {
        let mut config = EventLogConfig::new("DRAPE_EVENTS", "drape.events");
        if !self.peers.is_empty() {
            config.replicas = 1 + self.peers.len();
        }
        let max_bytes = self
            .more_env
            .iter()
            .find(|(name, _)| name == "DRAPE_NATS_MAX_BYTES");
        if let Some((_, bytes)) = max_bytes {
            config.max_bytes = bytes.parse()?;
        }
        config.monitor_url = Some(self.nats.monitor_url());
        EventLog::open(self.nats.client().await?, config)
            .await
            .context("cannot open the log")
    }
}

/// The settings with later ones in place of earlier ones.
fn with(base: &[(String, String)], more: &[Vec<(String, String)>]) -> Vec<(String, String)> {
    base.iter().chain(more.iter().flatten()).cloned().collect()
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

/// A picture of the demo's: `garments/…` or `people/…`.
pub fn demo_picture(name: &str) -> anyhow::Result<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../gateway/demo")
        .join(name);
    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}
