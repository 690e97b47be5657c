//! On a cluster: leaves a server that can be reached and does not answer, because it cannot reach the others.
//!
//! Such a server holds its connections and answers pings, so the client library sees nothing wrong. If it led the stream, it
//! goes on answering reads and refusing what is stale; only acknowledgements do not come any more.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use crate::log::EventLog;

/// Nothing was acknowledged for so long: one request has waited in vain, and no other one was luckier meanwhile.
const LONG: Duration = Duration::from_secs(3);

/// Another server gets more time: the others may have to agree on a leader first.
const GRACE: Duration = Duration::from_secs(2);

/// When a commit was last acknowledged.
#[derive(Debug)]
pub(crate) struct Silence(Mutex<Instant>);

impl Silence {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// A commit was acknowledged.
    pub(crate) fn ends(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether that is long ago; true once for each such time.
    fn is_long(&self) -> bool {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let long = Instant::now().saturating_duration_since(*heard) >= LONG;
        if long {
            *heard = Instant::now() + GRACE;
        }
        long
    }
}

impl EventLog {
    /// A request was not answered in time. With other servers to ask, and nothing acknowledged by this one, goes to another.
    pub(crate) async fn unanswered(&self) {
        let inner = &self.inner;
        if !self.is_replicated() || self.check_connected().is_err() || !inner.silence.is_long() {
            return;
        }
        let server = inner.client.server_info().server_name;
        warn!(
            server,
            "the server {server} is silent; going to another one"
        );
        // It fails only when the client is gone, and with it the reason.
        let _ = inner.client.force_reconnect().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silence_is_long_once() {
        let silence = Silence::new();
        tokio::time::advance(LONG / 2).await;
        assert!(!silence.is_long());
        silence.ends();
        tokio::time::advance(LONG / 2).await;
        assert!(!silence.is_long(), "an answer came meanwhile");
        tokio::time::advance(LONG).await;
        assert!(silence.is_long());
        tokio::time::advance(LONG).await;
        assert!(!silence.is_long(), "the other server gets its time");
        tokio::time::advance(GRACE).await;
        assert!(silence.is_long());
    }
}
