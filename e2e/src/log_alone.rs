//! A log and nothing else: what the command line needs that reads and writes it without a running system.

use std::path::PathBuf;

use jetstream_es::{EventLog, EventLogConfig};
use tempfile::TempDir;
use testkit::NatsServer;

use crate::Process;

/// A nats-server with an empty log, and a folder; gone when dropped.
pub struct LogAlone {
    /// The server.
    pub server: NatsServer,
    /// The log.
    pub log: EventLog,
    folder: TempDir,
}

impl LogAlone {
    /// Starts the server and makes the log.
    ///
    /// # Errors
    /// When there is no nats-server, or it does not come up.
    pub async fn start() -> anyhow::Result<Self> {
        let server = NatsServer::start().await?;
        let mut config = EventLogConfig::new("DRAPE_EVENTS", "drape.events");
        config.monitor_url = Some(server.monitor_url());
        let log = EventLog::open(server.client().await?, config).await?;
        let folder = tempfile::tempdir()?;
        Ok(Self {
            server,
            log,
            folder,
        })
    }

    /// What a process needs to find the log; blobs go into the folder.
    pub fn env(&self) -> [(String, String); 4] {
        let blobs = format!("file://{}", self.path("blobs").display());
        [
            ("DRAPE_BLOB_URL", blobs),
            ("DRAPE_NATS_URL", self.server.url()),
            ("DRAPE_NATS_MONITOR_URL", self.server.monitor_url()),
            ("DRAPE_LOG_FILTER", "error".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }

    /// Runs `drape …`; its output when it succeeds.
    ///
    /// # Errors
    /// With its output, when it fails.
    pub async fn drape(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.path("output");
        // Another command's output is no longer wanted.
        let _ = std::fs::remove_file(&output);
        Process::run("drape", arguments, &self.env(), &output).await?;
        Ok(std::fs::read_to_string(&output)?)
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
