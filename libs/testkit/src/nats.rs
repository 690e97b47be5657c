//! A private nats-server with `JetStream` that acknowledges only what is on disk.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::process::{Server, environment, free_port, in_path, in_project};

/// What a test may want to be different.
#[derive(Clone, Debug)]
pub struct NatsServerOptions {
    /// `sync_interval: always`, the only setting under which an acknowledged message survives a power cut.
    pub sync_always: bool,
    /// Name of the server, unique in its cluster.
    pub name: String,
    /// More lines for the server's configuration file.
    pub extra_config: String,
    /// Where it listens, if not on 127.0.0.1 of this machine.
    pub place: Place,
    /// A directory for its store, if not one that goes away with it.
    pub store: Option<PathBuf>,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its address.
    pub host: Ipv4Addr,
    /// The network namespace (as `ip netns` names it) that has the address; needs root.
    pub namespace: Option<String>,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST,
            namespace: None,
        }
    }
}

impl Default for NatsServerOptions {
    fn default() -> Self {
        Self {
            sync_always: true,
            name: "test".to_owned(),
            extra_config: String::new(),
            place: Place::default(),
            store: None,
        }
    }
}

/// A running nats-server. Stopped and removed when dropped.
#[derive(Debug)]
pub struct NatsServer {
    server: Server,
    binary: PathBuf,
    place: Place,
    store: PathBuf,
    port: u16,
    monitor_port: u16,
}

impl NatsServer {
    /// Starts `size` servers as one cluster, for streams with replicas. Its first leader takes a few seconds.
    ///
    /// # Errors
    /// As [`NatsServer::start`].
    pub async fn start_cluster(size: usize) -> anyhow::Result<Vec<Self>> {
        Self::start_cluster_at(&vec![Place::default(); size]).await
    }

    /// The same with each server at a place of its own.
    ///
    /// # Errors
    /// As [`NatsServer::start`].
    pub async fn start_cluster_at(places: &[Place]) -> anyhow::Result<Vec<Self>> {
        let mut routes = Vec::new();
        for place in places {
            routes.push(format!("{}:{}", place.host, free_port()?));
        }
        let urls: Vec<String> = routes
            .iter()
            .map(|route| format!("nats://{route}"))
            .collect();
        let mut servers = Vec::new();
        for (index, (place, route)) in places.iter().zip(&routes).enumerate() {
            let options = NatsServerOptions {
                name: format!("test-{index}"),
                extra_config: format!(
                    "cluster {{ name: test, listen: \"{route}\", routes: [{}] }}",
                    urls.join(", ")
                ),
                place: place.clone(),
                ..NatsServerOptions::default()
            };
            servers.push(Self::start_with(options).await?);
        }
        Ok(servers)
    }

    /// Starts a server with its own empty store: binary from `DRAPE_NATS_SERVER`, else the nearest
    /// `.drape/bin/nats-server` above the working directory, else PATH.
    ///
    /// # Errors
    /// When there is no binary, or the server does not come up within ten seconds.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(NatsServerOptions::default()).await
    }

    /// Like [`NatsServer::start`], with options.
    pub async fn start_with(options: NatsServerOptions) -> anyhow::Result<Self> {
        let mut last_error = None;
        for _ in 0..3 {
            match Self::try_start(&options).await {
                Ok(server) => return Ok(server),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.context("never tried")?)
    }

    async fn try_start(options: &NatsServerOptions) -> anyhow::Result<Self> {
        let binary = nats_server_binary()?;
        let server = Server::new("nats", "INT")?;
        let (port, monitor_port) = (free_port()?, free_port()?);
        let store = server.directory().join("store");
        let store = options.store.clone().unwrap_or(store);
        let sync = if options.sync_always {
            "sync_interval: always"
        } else {
            ""
        };
        let host = options.place.host;
        // Streams reserve what they may grow to; unless told, the server lends three quarters of the disk's free room and
        // refuses them on a small one.
        let config = format!(
            "server_name: {}\nhost: {host}\nport: {port}\nhttp: {host}:{monitor_port}\n\
             jetstream {{\n  store_dir: \"{}\"\n  max_file_store: 32G\n  {sync}\n}}\n{}\n",
            options.name,
            store.display(),
            options.extra_config
        );
        std::fs::write(server.directory().join("nats.conf"), config)?;
        let mut started = Self {
            server,
            binary,
            place: options.place.clone(),
            store,
            port,
            monitor_port,
        };
        started.run().await?;
        Ok(started)
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        // `ip netns exec` becomes the server: the process is the same.
        let mut command = match &self.place.namespace {
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace]).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        command
            .arg("-c")
            .arg(self.server.directory().join("nats.conf"));
        self.server.spawn(command)?;
        let (host, limit) = (self.place.host, Duration::from_secs(10));
        self.server.wait_for(host, self.port, limit).await
    }

    /// `nats://<host>:<port>`; stays the same over [`NatsServer::restart`].
    pub fn url(&self) -> String {
        format!("nats://{}:{}", self.place.host, self.port)
    }

    /// `http://<host>:<port>`, under which the server answers `/varz` and `/healthz`.
    pub fn monitor_url(&self) -> String {
        format!("http://{}:{}", self.place.host, self.monitor_port)
    }

    /// Where the server keeps its store, for tests that put an older one back.
    pub fn store_directory(&self) -> PathBuf {
        self.store.clone()
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The server's process, while it runs: for those who measure what it costs.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A new connection that reconnects within a quarter of a second for ever.
    ///
    /// # Errors
    /// When the server does not answer.
    #[cfg(feature = "nats-client")]
    pub async fn client(&self) -> anyhow::Result<async_nats::Client> {
        let client = async_nats::ConnectOptions::new()
            .reconnect_delay_callback(|attempt| {
                Duration::from_millis(if attempt < 2 { 20 } else { 250 })
            })
            .connect(self.url())
            .await?;
        Ok(client)
    }

    /// Ends the server as a crash would. Its store stays.
    ///
    /// # Errors
    /// When the process cannot be killed.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.server.kill9()
    }

    /// Starts the server again on the same port and store, after [`NatsServer::kill9`] or after a clean stop.
    ///
    /// # Errors
    /// When it does not come up within ten seconds.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.server.stop();
        self.run().await
    }

    /// Freezes the process: connections stay open, nothing is answered.
    pub fn pause(&self) {
        self.server.signal("STOP");
    }

    /// Lets a paused process go on.
    pub fn resume(&self) {
        self.server.signal("CONT");
    }

    /// The last lines of the server's log.
    pub fn log_tail(&self) -> String {
        self.server.log_tail()
    }

    /// Ends the server cleanly and leaves it stopped until [`NatsServer::restart`].
    ///
    /// # Errors
    /// When the server was not running.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        if self.server.pid().is_none() {
            bail!("the server does not run");
        }
        self.server.stop();
        Ok(())
    }
}

/// The nats-server that tests use: `DRAPE_NATS_SERVER`, else the nearest `.drape/bin/nats-server` above the working
/// directory, else one in PATH.
///
/// # Errors
/// When there is none.
pub fn nats_server_binary() -> anyhow::Result<PathBuf> {
    environment("DRAPE_NATS_SERVER")
        .map(PathBuf::from)
        .or_else(|| in_project("nats-server"))
        .or_else(|| in_path("nats-server"))
        .context("no nats-server: set DRAPE_NATS_SERVER or put one into .drape/bin")
}
