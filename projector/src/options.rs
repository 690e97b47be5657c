//! The bounds of a projector.

use std::time::Duration;

use crate::gather::Bounds;

/// The bounds of a projector.
#[derive(Debug, Clone)]
pub struct ProjectorOptions {
    /// Commits in one transaction at most.
    pub batch_limit: usize,
    /// With more commits than these before it, a view (or the archive) first reads ahead in large batches, and only what
    /// it wants; then it follows.
    pub catch_up_beyond: u64,
    /// How long one batch may be gathered. A batch never waits for more than what is there.
    pub batch_time: Duration,
    /// How long a view waits for something of its own before it writes down that it has seen what is none of its business: a bound of what
    /// a read waits that names the position of a commit to something else.
    pub idle_time: Duration,
    /// How often the log is checked against the checkpoint.
    pub verify_interval: Duration,
    /// How long one transaction may take.
    pub database_timeout: Duration,
    /// How often the database may refuse a commit before it is parked. What cannot be read is parked at once.
    pub tries: u32,
    /// Rows that each view keeps in memory between batches.
    pub live_rows: usize,
    /// Commits in one transaction of a rebuild, or of a view that catches up, at most.
    pub rebuild_batch_limit: usize,
    /// With so few commits left a rebuild ends while the live view stands still, so that the two can be compared. Writers
    /// must not be able to add more than these while it looks at what is left.
    pub rebuild_last_stretch: u64,
    /// Rows that a rebuild keeps in memory between batches.
    pub rebuild_rows: usize,
    /// Whether the log is archived too.
    pub archive: bool,
    /// Whether the log is told what people decide about views. Only a measurement goes without.
    pub tell_decisions: bool,
    /// The longest pause before the next attempt after a failure.
    pub longest_pause: Duration,
    /// Holds every batch back; tests use it to see a view that lags.
    pub delay_per_batch: Option<Duration>,
}

impl ProjectorOptions {
    /// Of one batch at the log's end.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            limit: self.batch_limit,
            time: self.batch_time,
            idle: self.idle_time,
        }
    }
}

impl Default for ProjectorOptions {
    fn default() -> Self {
        Self {
            batch_limit: 1_000,
            catch_up_beyond: 4_000,
            batch_time: Duration::from_millis(50),
            idle_time: Duration::from_millis(5),
            verify_interval: Duration::from_secs(2),
            database_timeout: Duration::from_secs(30),
            tries: 3,
            live_rows: 2_000,
            rebuild_batch_limit: 4_000,
            rebuild_last_stretch: 4_000,
            rebuild_rows: 20_000,
            archive: true,
            tell_decisions: true,
            longest_pause: Duration::from_secs(2),
            delay_per_batch: None,
        }
    }
}
