//! Hears from PostgreSQL what ends, here and in other gateways.
//!
//! Triggers tell the channel which account or session it is about (migration 0008). Once a second this gateway tells the channel a
//! number of its own: when that comes back, everything that was committed before it was said has been heard, because notifications
//! arrive in the order of their commits. A pooler that swallows notifications, or a connection that died without a word, shows by that
//! number not coming back.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use sqlx::postgres::{PgListener, PgPoolOptions};
use thiserror::Error;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Identity, account::new_id, database::in_time};

/// What the triggers of migration 0008 tell.
const CHANNEL: &str = "identity_ended";

/// Between two of our own numbers, and before the next try to connect.
const BEAT: Duration = Duration::from_secs(1);

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection on which none of our numbers came back for so long is given up.
const SILENCE: Duration = Duration::from_secs(15);

/// Why nothing is heard at the moment.
#[derive(Debug, Error)]
enum HearError {
    #[error("the sign-in's database cannot be listened to")]
    Database(#[from] sqlx::Error),
    #[error("the connection was lost, or tells nothing")]
    Lost,
    #[error("another program's notification cannot be read")]
    Unreadable,
    #[error("it did not answer in time")]
    Slow(#[from] tokio::time::error::Elapsed),
}

/// The numbers of one connection: milliseconds since it began.
struct Numbers {
    /// In front of them: other gateways tell theirs.
    prefix: String,
    began: Instant,
    /// The last one that came back.
    back: AtomicU64,
}

impl Numbers {
    fn begin() -> Self {
        Self {
            prefix: format!("heard {} ", new_id()),
            began: Instant::now(),
            back: AtomicU64::new(0),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn silence(&self) -> Duration {
        Duration::from_millis(self.now().saturating_sub(self.back.load(Ordering::Relaxed)))
    }
}

impl Identity {
    /// Listens until `stop`. While it cannot, each request asks the database.
    pub(crate) async fn hear_endings(&self, stop: &CancellationToken) {
        if !self.recognised.is_on() {
            return;
        }
        loop {
            let Some(heard) = stop.run_until_cancelled(self.hear()).await else {
                return;
            };
            self.recognised.deaf();
            if let Err(error) = heard {
                let why = telemetry::chain(&error);
                tracing::warn!("each request asks the database whom its session belongs to: {why}");
            }
            let pause = tokio::time::sleep(BEAT);
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    async fn hear(&self) -> Result<(), HearError> {
        // A connection of its own, which is kept: it must not be one of those that requests wait for.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(self.pool.connect_options().as_ref().clone());
        let pool = timeout(PATIENCE, pool).await??;
        let mut listener = timeout(PATIENCE, PgListener::connect_with(&pool)).await??;
        timeout(PATIENCE, listener.listen(CHANNEL)).await??;
        let numbers = Numbers::begin();
        tokio::select! {
            over = self.listen(&mut listener, &numbers) => over,
            over = self.beat(&numbers) => over,
        }
    }

    /// Only an error ends it.
    async fn listen(&self, listener: &mut PgListener, numbers: &Numbers) -> Result<(), HearError> {
        loop {
            let notification = listener.try_recv().await?.ok_or(HearError::Lost)?;
            let payload = notification.payload();
            if let Some(number) = payload.strip_prefix(&numbers.prefix) {
                let number = number.parse().map_err(|_| HearError::Unreadable)?;
                numbers.back.store(number, Ordering::Relaxed);
                let until = numbers.began.checked_add(Duration::from_millis(number));
                self.recognised.heard(until.ok_or(HearError::Unreadable)?);
            } else if !payload.starts_with("heard ") {
                let id: Uuid = payload.parse().map_err(|_| HearError::Unreadable)?;
                self.recognised.ended(id);
            }
        }
    }

    /// Tells our numbers. Only a silence ends it.
    async fn beat(&self, numbers: &Numbers) -> Result<(), HearError> {
        while numbers.silence() < SILENCE {
            let number = format!("{}{}", numbers.prefix, numbers.now());
            let notify = sqlx::query!("SELECT pg_notify($1, $2)", CHANNEL, number);
            // Where it fails, the next one may not.
            let _ = in_time(notify.execute(&self.pool)).await;
            tokio::time::sleep(BEAT).await;
        }
        Err(HearError::Lost)
    }
}
