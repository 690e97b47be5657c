//! What the log should be like.

use std::time::Duration;

use crate::upcast::Upcasters;

/// The largest commit body, in bytes. A command that makes more events than fit is refused as too large.
pub const MAX_COMMIT_BYTES: usize = 256 * 1024;

/// The largest message of the stream: a commit body and its headers, in bytes.
pub(crate) const MAX_MESSAGE_BYTES: i32 = 512 * 1024;

/// Which stream holds the events, and how it must be configured.
#[derive(Clone, Debug)]
pub struct EventLogConfig {
    /// Name of the stream, such as `DRAPE_EVENTS`.
    pub stream: String,
    /// All subjects of the stream start with this and a dot, such as `drape.events`.
    pub subject_prefix: String,
    /// Servers that hold a copy of the stream: 1, 3 or 5.
    pub replicas: usize,
    /// Size at which the stream refuses new commits, in bytes. It never drops old ones.
    pub max_bytes: i64,
    /// For how long the server itself remembers message ids. Commands are recognised for ever without it.
    pub duplicate_window: Duration,
    /// Open the log although the server may acknowledge before the data is on disk. Loses data in a power cut.
    pub allow_unsafe_sync: bool,
    /// `http://host:port` of the server's monitoring, to see `sync_always` in `/varz`; several with commas.
    pub monitor_url: Option<String>,
    /// What makes today's events of old ones; none by default.
    pub upcasters: Upcasters,
}

impl EventLogConfig {
    /// One replica, 8 GiB, a duplicate window of two minutes, safe sync demanded, no monitoring address yet.
    pub fn new(stream: impl Into<String>, subject_prefix: impl Into<String>) -> Self {
        Self {
            stream: stream.into(),
            subject_prefix: subject_prefix.into(),
            replicas: 1,
            max_bytes: 8 << 30,
            duplicate_window: Duration::from_mins(2),
            allow_unsafe_sync: false,
            monitor_url: None,
            upcasters: Upcasters::default(),
        }
    }
}
