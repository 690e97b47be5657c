//! The bounds of a projector.

use std::time::Duration;

/// The bounds of a projector.
#[derive(Debug, Clone)]
pub struct ProjectorOptions {
    /// Commits in one transaction at most.
    pub batch_limit: usize,
    /// How long one batch may be gathered. A batch never waits for more than what is there.
    pub batch_time: Duration,
    /// How often the log is checked against the checkpoint.
    pub verify_interval: Duration,
    /// How long one transaction may take.
    pub database_timeout: Duration,
    /// How often a commit is tried before it halts its view.
    pub tries: u32,
    /// The longest pause before the next attempt after a failure.
    pub longest_pause: Duration,
    /// Holds every batch back; tests use it to see a view that lags.
    pub delay_per_batch: Option<Duration>,
}

impl Default for ProjectorOptions {
    fn default() -> Self {
        Self {
            batch_limit: 500,
            batch_time: Duration::from_millis(50),
            verify_interval: Duration::from_secs(2),
            database_timeout: Duration::from_secs(30),
            tries: 3,
            longest_pause: Duration::from_secs(2),
            delay_per_batch: None,
        }
    }
}
