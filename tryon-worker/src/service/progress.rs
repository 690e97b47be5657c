//! Progress over core NATS: heard by whoever listens just now, stored by nobody.

use std::time::Instant;

use async_nats::Client;
use serde::Serialize;
use tracing::debug;

/// Announces the stages of one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Announcer {
    client: Client,
    subject: String,
    session: String,
    attempt: u32,
    started: Instant,
}

#[derive(Serialize)]
struct Announcement<'a> {
    session: &'a str,
    attempt: u32,
    stage: &'a str,
    fraction: f32,
    elapsed_ms: u64,
}

impl Announcer {
    pub(crate) fn new(client: Client, session: &str, attempt: u32) -> Self {
        let subject = format!("drape.progress.tryon.{session}");
        Self {
            client,
            subject,
            session: session.to_owned(),
            attempt,
            started: Instant::now(),
        }
    }

    /// Milliseconds since the attempt began.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Says that a stage begins. Losing it loses nothing.
    pub(crate) async fn announce(&self, stage: &str, fraction: f32) {
        let announcement = Announcement {
            session: &self.session,
            attempt: self.attempt,
            stage,
            fraction,
            elapsed_ms: self.elapsed_ms(),
        };
        let Ok(json) = serde_json::to_vec(&announcement) else {
            return;
        };
        if let Err(error) = self.client.publish(self.subject.clone(), json.into()).await {
            debug!("progress of {} was not announced: {error}", self.session);
        }
    }
}
