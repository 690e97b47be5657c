//! A private PostgreSQL cluster on TCP.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use std::os::unix::process::CommandExt;

use anyhow::{Context, bail};

use crate::process::{Account, Server, account, environment, free_port, in_path, is_root, random};

/// What a test may want to be different.
#[derive(Clone, Debug, Default)]
pub struct PostgresOptions {
    /// Keep `fsync` on. Off by default: tests are about the process, not about the disk.
    pub durable: bool,
}

/// A running PostgreSQL. Stopped and removed when dropped.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    folder: PathBuf,
    account: Option<Account>,
    port: u16,
}

/// The server that the tests of one process share while any of them holds it.
static SHARED: tokio::sync::Mutex<Weak<Postgres>> = tokio::sync::Mutex::const_new(Weak::new());

impl Postgres {
    /// Makes a cluster and starts it: binaries from `DRAPE_POSTGRES_BIN` (a folder), else PATH, else
    /// `/usr/lib/postgresql/*/bin`. As root it runs as `postgres`, else as `nobody`.
    ///
    /// # Errors
    /// When there are no binaries, or the server does not come up within 30 seconds.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(PostgresOptions::default()).await
    }

    /// Like [`Postgres::start`], with options.
    pub async fn start_with(options: PostgresOptions) -> anyhow::Result<Self> {
        let mut last_error = None;
        for _ in 0..3 {
            match Self::try_start(&options).await {
                Ok(server) => return Ok(server),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.context("never tried")?)
    }

    /// One server for all tests of this process that overlap in time; make a [`Postgres::fresh_database`] in it.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub async fn shared() -> anyhow::Result<Arc<Self>> {
        let mut shared = SHARED.lock().await;
        if let Some(server) = shared.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::start().await?);
        *shared = Arc::downgrade(&server);
        Ok(server)
    }

    async fn try_start(options: &PostgresOptions) -> anyhow::Result<Self> {
        let server = Server::new("postgres", "QUIT")?;
        let account = if is_root() {
            Some(
                account("postgres")
                    .or_else(|| account("nobody"))
                    .context("no account for PostgreSQL")?,
            )
        } else {
            None
        };
        let folder = find_binaries()?;
        let port = free_port()?;
        let mut started = Self {
            server,
            folder,
            account,
            port,
        };
        if let Some(account) = account {
            let directory = started.server.directory();
            std::os::unix::fs::chown(directory, Some(account.uid), Some(account.gid))?;
        }
        started.init(options).await?;
        started.run().await?;
        Ok(started)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.server.directory().join("data")
    }

    async fn init(&self, options: &PostgresOptions) -> anyhow::Result<()> {
        let mut command = tokio::process::Command::from(self.command("initdb"));
        command.arg("--pgdata").arg(self.data());
        command.args([
            "--no-sync",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]);
        let made = command.kill_on_drop(true).output();
        let made = tokio::time::timeout(Duration::from_mins(1), made)
            .await
            .context("initdb takes too long")??;
        if !made.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        }
        let durability = if options.durable {
            ""
        } else {
            // A commit still reaches the kernel, so it survives `kill -9`.
            "fsync = off\nfull_page_writes = off\n"
        };
        let config = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\nmax_connections = 200\n\
             shared_buffers = 32MB\nautovacuum_naptime = 10s\nlogging_collector = off\n{durability}",
            self.port
        );
        let path = self.data().join("postgresql.conf");
        let old = std::fs::read_to_string(&path)?;
        std::fs::write(&path, old + &config)?;
        Ok(())
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data());
        self.server.spawn(command)?;
        self.server
            .wait_for_port(self.port, Duration::from_secs(30))
            .await?;
        let deadline = Instant::now() + Duration::from_secs(30);
        // While it starts or recovers, PostgreSQL accepts connections and refuses them politely.
        while let Err(error) = self.ask("pg_isready", &["--quiet"]).await {
            if Instant::now() > deadline {
                return Err(error).context("PostgreSQL does not get ready");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Runs one of PostgreSQL's own clients against this server.
    async fn ask(&self, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = tokio::process::Command::from(self.command(program));
        command
            .arg("--host=127.0.0.1")
            .arg(format!("--port={}", self.port));
        command.arg("--username=postgres").args(arguments);
        let done = command.kill_on_drop(true).output();
        let done = tokio::time::timeout(Duration::from_secs(30), done)
            .await
            .with_context(|| format!("{program} takes too long"))??;
        if !done.status.success() {
            bail!(
                "{program} failed: {}",
                String::from_utf8_lossy(&done.stderr)
            );
        }
        Ok(())
    }

    /// `postgres://…` of the cluster's own `postgres` database, as its superuser.
    pub fn url(&self) -> String {
        self.database_url("postgres")
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// One of PostgreSQL's own programs of the same version, such as `pg_dump`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn database_url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn fresh_database(&self) -> anyhow::Result<String> {
        let name = format!("test_{:016x}", random());
        self.ask("createdb", &["--no-password", &name]).await?;
        Ok(self.database_url(&name))
    }

    /// Ends the postmaster as a crash would; its children notice and end too. The data stays.
    ///
    /// # Errors
    /// When the process cannot be killed.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.server.kill9()
    }

    /// Starts the server again on the same port and data.
    ///
    /// # Errors
    /// When it does not come up within 30 seconds.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.server.stop();
        // After a crash the last children of the old postmaster may hold its memory for a moment.
        let mut last_error = None;
        for _ in 0..20 {
            match self.run().await {
                Ok(()) => return Ok(()),
                Err(error) => last_error = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(last_error.context("never tried")?)
    }

    /// The postmaster's process, while it runs; its children do the work.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The last lines of the server's log.
    pub fn log_tail(&self) -> String {
        self.server.log_tail()
    }
}

/// The folder that holds `initdb` and `postgres`.
fn find_binaries() -> anyhow::Result<PathBuf> {
    if let Some(folder) = environment("DRAPE_POSTGRES_BIN") {
        return Ok(folder.into());
    }
    if let Some(postgres) = in_path("postgres") {
        // PATH may hold a link to the server alone; its clients lie where it really is.
        let postgres = postgres.canonicalize()?;
        return Ok(postgres.parent().unwrap_or(Path::new("/")).into());
    }
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .context("no PostgreSQL: put its binaries into PATH or set DRAPE_POSTGRES_BIN")?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("postgres").is_file())
        .collect();
    folders.sort();
    folders
        .pop()
        .context("no PostgreSQL under /usr/lib/postgresql")
}
