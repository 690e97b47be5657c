//! Other event stores: programs of `ops/bench/peers`, each run against a server of its own kind on this machine.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use tempfile::TempDir;
use testkit::{Postgres, free_port};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::cpu;

/// Where `ops/bench/install-peers` puts the Rust programs, from the root of the repository.
const PROGRAMS: &str = "target/peers/release";
const SCRIPTS: &str = "ops/bench/peers/node";
/// What a peer needs besides the time that it is given: to start, to make its tables, to settle.
const OVERHEAD: Duration = Duration::from_secs(90);

/// A program that speaks for a peer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    program: Program,
    server: Server,
}

#[derive(Debug, Clone, Copy)]
enum Program {
    Rust(&'static str),
    Node(&'static str, &'static [&'static str]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    Postgres,
    UmaDb,
}

const fn rust(name: &'static str, program: &'static str) -> Peer {
    Peer {
        name,
        program: Program::Rust(program),
        server: Server::Postgres,
    }
}

const fn node(name: &'static str, script: &'static str, more: &'static [&'static str]) -> Peer {
    Peer {
        name,
        program: Program::Node(script, more),
        server: Server::Postgres,
    }
}

pub(crate) const POSTGRES_ES: Peer = rust("postgres-es", "peer-postgres-es");

const UMADB: Peer = Peer {
    name: "UmaDB",
    program: Program::Rust("peer-umadb"),
    server: Server::UmaDb,
};

/// Those whose commands are measured.
pub(crate) const WRITERS: [Peer; 7] = [
    rust("PostgreSQL, one INSERT", "peer-raw-postgres"),
    POSTGRES_ES,
    UMADB,
    rust("SkilJ, REST route", "peer-skilj"),
    rust("disintegrate", "peer-disintegrate"),
    node("Emmett", "emmett.mjs", &[]),
    node("message-db", "message-db.mjs", &[]),
];

/// Those whose subscriptions are hunted through.
pub(crate) const TAILS: [Peer; 6] = [
    rust("PostgreSQL, pos > last", "peer-raw-postgres"),
    node("Emmett, consumer", "emmett.mjs", &[]),
    rust("disintegrate, PgEventListener", "peer-disintegrate"),
    node(
        "message-db, category",
        "message-db.mjs",
        &["--tail", "category"],
    ),
    node(
        "message-db, global_position",
        "message-db.mjs",
        &["--tail", "global"],
    ),
    UMADB,
];

/// What a peer says of its commands.
#[derive(Debug, Deserialize)]
pub(crate) struct Appended {
    pub(crate) commands: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_us: Option<u64>,
    pub(crate) p99_us: Option<u64>,
    pub(crate) cpu_us: u64,
    pub(crate) errors: u64,
    /// What its server used, in microseconds of processor time.
    #[serde(skip)]
    pub(crate) server_us: u64,
}

/// What a peer's subscription delivered.
#[derive(Debug, Deserialize)]
pub(crate) struct Hunted {
    pub(crate) committed: u64,
    pub(crate) delivered: u64,
    pub(crate) skipped: u64,
    pub(crate) doubled: u64,
}

/// The servers that peers run against.
pub(crate) struct Servers<'a> {
    postgres: &'a Postgres,
    umadb: Option<UmaDb>,
}

impl<'a> Servers<'a> {
    /// Peers on this PostgreSQL; `UmaDB`'s server is started beside it.
    pub(crate) async fn start(postgres: &'a Postgres) -> anyhow::Result<Self> {
        let umadb = Some(UmaDb::start().await?);
        Ok(Self { postgres, umadb })
    }

    fn cpu(&self, server: Server) -> u64 {
        match server {
            Server::Postgres => self.postgres.pid().map_or(0, cpu::of_family),
            Server::UmaDb => self.umadb.as_ref().map_or(0, UmaDb::cpu),
        }
    }

    /// A database that is the peer's alone; or `UmaDB`'s address.
    async fn url(&self, server: Server) -> anyhow::Result<String> {
        match (server, &self.umadb) {
            (Server::Postgres, _) => self.postgres.fresh_database().await,
            (Server::UmaDb, Some(umadb)) => Ok(format!("http://{}", umadb.address)),
            (Server::UmaDb, None) => bail!("UmaDB does not run"),
        }
    }
}

impl Peer {
    /// Its commands, closed loop.
    pub(crate) async fn append(
        &self,
        servers: &Servers<'_>,
        writers: usize,
        time: Duration,
    ) -> anyhow::Result<Appended> {
        let before = servers.cpu(self.server);
        let said: Appended = self.run(servers, "append", writers, time).await?;
        let server_us = servers.cpu(self.server).saturating_sub(before);
        ensure!(said.commands > 0, "{} carried out nothing", self.name);
        Ok(Appended { server_us, ..said })
    }

    /// What its own subscription never delivers while so many write.
    pub(crate) async fn hunt(
        &self,
        servers: &Servers<'_>,
        writers: usize,
        time: Duration,
    ) -> anyhow::Result<Hunted> {
        self.run(servers, "hunt", writers, time).await
    }

    async fn run<T: DeserializeOwned>(
        &self,
        servers: &Servers<'_>,
        mode: &str,
        writers: usize,
        time: Duration,
    ) -> anyhow::Result<T> {
        let mut command = match self.program {
            Program::Rust(name) => Command::new(Path::new(PROGRAMS).join(name)),
            Program::Node(script, options) => {
                let mut command = Command::new("node");
                command.arg(Path::new(SCRIPTS).join(script)).args(options);
                command
            }
        };
        let url = servers.url(self.server).await?;
        command.args([
            "--url",
            &url,
            "--mode",
            mode,
            "--writers",
            &writers.to_string(),
        ]);
        command.args(["--secs", &time.as_secs_f64().to_string()]);
        let done = command.stdin(Stdio::null()).kill_on_drop(true).output();
        let done = timeout(time + OVERHEAD, done).await;
        let done = done.with_context(|| format!("{} takes too long", self.name))??;
        let said = String::from_utf8_lossy(&done.stdout);
        let line = said
            .lines()
            .last()
            .with_context(|| format!("{}: {}", self.name, String::from_utf8_lossy(&done.stderr)))?;
        serde_json::from_str(line).with_context(|| format!("{} said {line:?}", self.name))
    }
}

/// `UmaDB`'s server with its own store. It ends when its standard input does, so with us.
struct UmaDb {
    process: Child,
    address: String,
    _directory: TempDir,
}

impl UmaDb {
    async fn start() -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("drape-bench-umadb-")
            .tempdir()?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let program = PathBuf::from(PROGRAMS).join("umadb-server");
        let process = Command::new(&program)
            .arg(&address)
            .arg(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(&address).await.is_err() {
            ensure!(Instant::now() < deadline, "UmaDB does not listen");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(Self {
            process,
            address,
            _directory: directory,
        })
    }

    fn cpu(&self) -> u64 {
        self.process.id().map_or(0, cpu::of_process)
    }
}
