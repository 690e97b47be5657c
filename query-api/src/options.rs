//! The bounds of the read side.

use std::time::Duration;

use jetstream_es::Clock;

use crate::{Accounts, ExportOptions, LinkKeys, PhotoPolicyDocument};

/// The bounds of the read side.
#[derive(Debug, Clone)]
pub struct QueryApiOptions {
    /// Progress of a try-on is published under `<this>.<session id>`.
    pub progress_subject: String,
    /// How long a read waits for its view at most.
    pub min_position_wait: Duration,
    /// How often a silent stream sends a comment.
    pub heartbeat: Duration,
    /// How long a stream lasts at most.
    pub max_age: Duration,
    /// Commits that are kept for streams that lag; one that lags more reads the log again.
    pub ring: usize,
    /// Open streams at most.
    pub max_streams: usize,
    /// Those of one account.
    pub max_streams_of_account: usize,
    /// Those of all who say nothing of themselves and come from one network.
    pub max_streams_of_network: usize,
    /// How long a statement may take.
    pub database_timeout: Duration,
    /// How often the checkpoints are read even though nothing was told.
    pub checkpoint_interval: Duration,
    /// Replays at once.
    pub max_replays: usize,
    /// The bounds of exports.
    pub exports: ExportOptions,
    /// What signs addresses of private pictures and cursors; without a key, no list has a second page.
    pub link_keys: LinkKeys,
    /// How often it is counted what is liked and tried on most.
    pub popularity_interval: Duration,
    /// What people are told that they agree to.
    pub photo_policy: PhotoPolicyDocument,
    /// What the sign-in knows of an account, for its owner; without it an export tells nothing of that.
    pub accounts: Option<Accounts>,
    /// What says whether such an address has ended.
    pub clock: Clock,
}

impl Default for QueryApiOptions {
    fn default() -> Self {
        Self {
            progress_subject: "drape.progress.tryon".to_owned(),
            min_position_wait: Duration::from_secs(5),
            heartbeat: Duration::from_secs(15),
            max_age: Duration::from_hours(1),
            ring: 1024,
            max_streams: 10_000,
            max_streams_of_account: 32,
            max_streams_of_network: 1_000,
            database_timeout: Duration::from_secs(5),
            checkpoint_interval: Duration::from_secs(5),
            max_replays: 16,
            exports: ExportOptions::default(),
            link_keys: LinkKeys::none(),
            popularity_interval: Duration::from_secs(30),
            photo_policy: PhotoPolicyDocument::default(),
            accounts: None,
            clock: Clock::system(),
        }
    }
}
