//! The service's settings: flags and environment, nothing else.

use std::{net::SocketAddr, time::Duration};

use jetstream_es::EventLogConfig;
use proto::InternalToken;

/// Settings of `drape-tryon-worker serve`. Every flag may be given in the environment instead.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeOptions {
    /// The event log: nats://[user:password@]host:port, several with commas.
    #[arg(long, env = "DRAPE_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,
    /// The server's monitoring address, http://host:port, to see that it syncs before it acknowledges.
    #[arg(long, env = "DRAPE_NATS_MONITOR_URL")]
    pub nats_monitor_url: Option<String>,
    /// Name of the stream.
    #[arg(long, env = "DRAPE_NATS_STREAM", default_value = "DRAPE_EVENTS")]
    pub nats_stream: String,
    /// All subjects of the stream start with this and a dot.
    #[arg(
        long,
        env = "DRAPE_NATS_SUBJECT_PREFIX",
        default_value = "drape.events"
    )]
    pub nats_subject_prefix: String,
    /// The size at which the stream refuses commits, in bytes; must be what the stream was made with.
    #[arg(long, env = "DRAPE_NATS_MAX_BYTES")]
    pub nats_max_bytes: Option<i64>,
    /// Copies of the stream; must be what the stream was made with.
    #[arg(long, env = "DRAPE_NATS_REPLICAS", default_value_t = 1)]
    pub nats_replicas: usize,
    /// Work with a server that acknowledges before it syncs. Loses data in a power cut.
    #[arg(long, env = "DRAPE_NATS_ALLOW_UNSAFE_SYNC", default_value_t = false)]
    pub nats_allow_unsafe_sync: bool,
    /// The monolith's internal gRPC, where pictures are read and written.
    #[arg(
        long,
        env = "DRAPE_MEDIA_URL",
        default_value = "http://127.0.0.1:50051"
    )]
    pub media_url: String,
    /// The secret that drape and its workers know each other by, in both directions; empty where nobody else reaches their ports.
    #[arg(
        long,
        env = "DRAPE_INTERNAL_TOKEN",
        default_value = "",
        hide_env_values = true
    )]
    pub internal_token: InternalToken,
    /// Where previews and health checks are answered.
    #[arg(long, env = "DRAPE_WORKER_LISTEN", default_value = "127.0.0.1:50052")]
    pub listen: SocketAddr,
    /// Try-ons at once; each takes one core.
    #[arg(long, env = "DRAPE_WORKER_CONCURRENCY", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
    /// How long a silent worker keeps a job, in milliseconds.
    #[arg(long, env = "DRAPE_WORKER_LEASE_MS", default_value_t = 6_000, value_parser = clap::value_parser!(u64).range(1_000..=600_000))]
    pub lease_ms: u64,
    /// How long running jobs may go on after SIGTERM, in milliseconds; then they are given back.
    #[arg(long, env = "DRAPE_WORKER_DRAIN_MS", default_value_t = 10_000)]
    pub drain_ms: u64,
}

impl ServeOptions {
    pub(crate) fn log(&self) -> EventLogConfig {
        let mut config = EventLogConfig::new(&self.nats_stream, &self.nats_subject_prefix);
        config.monitor_url.clone_from(&self.nats_monitor_url);
        config.replicas = self.nats_replicas;
        config.allow_unsafe_sync = self.nats_allow_unsafe_sync;
        if let Some(max_bytes) = self.nats_max_bytes {
            config.max_bytes = max_bytes;
        }
        config
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    pub(crate) fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}
