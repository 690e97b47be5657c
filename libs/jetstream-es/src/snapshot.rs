//! Snapshots: the folded state of long histories, so that a cold load reads only what came after.
//!
//! They lie in a stream of their own, one for each aggregate, and can be lost or deleted at any time. None is believed
//! before the log has confirmed the commit that it stands on, by sequence and fingerprint.

use std::num::NonZeroU64;
use std::time::Duration;

use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, PersistenceMode, StorageType};
use cqrs_es::Aggregate;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::log::EventLog;
use crate::state::State;

/// A snapshot that takes longer is done without.
const PATIENCE: Duration = Duration::from_millis(500);
const LARGEST_BYTES: usize = 512 << 10;
/// The oldest snapshots give way when the stream is as large as this.
const STREAM_BYTES: i64 = 1 << 30;

/// When to store the state of an aggregate, and what may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotOptions {
    /// Events between two snapshots of an aggregate.
    pub every: NonZeroU64,
    /// Names the fields and the meaning of the aggregate's state. Change it with them: snapshots with another name are
    /// ignored.
    pub schema: &'static str,
}

#[derive(Deserialize, Serialize)]
struct Snapshot<A> {
    schema: String,
    epoch: String,
    version: u64,
    last: u64,
    fingerprint: String,
    commands: Vec<String>,
    forgot_commands: bool,
    aggregate: A,
}

/// The name of the stream of snapshots of a log.
fn stream_of(log: &EventLog) -> String {
    format!("{}_SNAPSHOTS", log.inner.stream_name)
}

fn subject_of(subject: &str) -> String {
    format!("snapshots.{subject}")
}

impl SnapshotOptions {
    /// The newest usable snapshot, not yet confirmed by the log.
    pub(crate) async fn load<A: Aggregate>(
        &self,
        log: &EventLog,
        subject: &str,
    ) -> Option<State<A>> {
        let api = format!(
            "$JS.API.DIRECT.GET.{}.{}",
            stream_of(log),
            subject_of(subject)
        );
        let request = log.inner.client.request(api, bytes::Bytes::new());
        // No stream yet, no snapshot yet, no answer: all the same.
        let reply = timeout(PATIENCE, request).await.ok()?.ok()?;
        if reply.status.is_some() {
            return None;
        }
        let snapshot: Snapshot<A> = match serde_json::from_slice(&reply.payload) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                debug!(%subject, %error, "ignoring a snapshot of {subject} that cannot be read");
                return None;
            }
        };
        if snapshot.schema != self.schema || snapshot.epoch != log.epoch().as_str() {
            return None;
        }
        State::restored(
            snapshot.aggregate,
            (snapshot.version, snapshot.last),
            &snapshot.fingerprint,
            (&snapshot.commands, snapshot.forgot_commands),
        )
    }

    /// Stores the state when the last `events` of it went past the next mark. Waits for nothing but the queue of the
    /// connection: a snapshot that is lost is made again later.
    pub(crate) async fn save<A: Aggregate>(
        &self,
        log: &EventLog,
        subject: &str,
        state: &State<A>,
        events: usize,
    ) {
        let every = self.every.get();
        let before = state.version.saturating_sub(events as u64);
        if state.version / every == before / every {
            return;
        }
        let (commands, forgot_commands) = state.commands();
        let snapshot = Snapshot {
            schema: self.schema.to_owned(),
            epoch: log.epoch().as_str().to_owned(),
            version: state.version,
            last: state.last,
            fingerprint: hex::encode(state.fingerprint),
            commands,
            forgot_commands,
            aggregate: &state.aggregate,
        };
        let body = match serde_json::to_vec(&snapshot) {
            Ok(body) if body.len() <= LARGEST_BYTES => body,
            Ok(body) => {
                let bytes = body.len();
                debug!(%subject, bytes, "a snapshot of {subject} would have {bytes} bytes; doing without");
                return;
            }
            Err(error) => {
                warn!(%subject, %error, "the state of {subject} cannot be written: {error}");
                return;
            }
        };
        if let Err(error) = timeout(PATIENCE, store(log, subject, body)).await {
            debug!(%subject, %error, "no time for a snapshot of {subject}");
        }
    }
}

async fn store(log: &EventLog, subject: &str, body: Vec<u8>) {
    let inner = &log.inner;
    let made = inner.snapshots.get_or_try_init(|| make_stream(log)).await;
    if let Err(error) = made {
        warn!(error, "there is no stream for snapshots: {error}");
        return;
    }
    let sent = inner.client.publish(subject_of(subject), body.into());
    if let Err(error) = sent.await {
        debug!(%error, "a snapshot was not sent: {error}");
    }
}

async fn make_stream(log: &EventLog) -> Result<(), String> {
    let inner = &log.inner;
    let name = stream_of(log);
    match inner.context.get_stream(&name).await {
        Ok(_) => return Ok(()),
        Err(error) if matches!(error.kind(), GetStreamErrorKind::JetStream(_)) => {}
        Err(error) => return Err(error.to_string()),
    }
    let config = Config {
        name,
        description: Some("Snapshots of aggregates. Can be deleted at any time.".to_owned()),
        subjects: vec![subject_of(&inner.subjects.all())],
        storage: StorageType::File,
        discard: DiscardPolicy::Old,
        max_messages_per_subject: 1,
        max_bytes: STREAM_BYTES,
        num_replicas: inner.replicas,
        allow_direct: true,
        // A single server need not sync what can be made again.
        persist_mode: (inner.replicas == 1).then_some(PersistenceMode::Async),
        ..Config::default()
    };
    let created = inner.context.get_or_create_stream(config).await;
    created.map(drop).map_err(|error| error.to_string())
}
