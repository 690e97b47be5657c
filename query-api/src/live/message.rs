//! What a stream sends.

use std::sync::Arc;

use axum::response::sse::Event;
use jetstream_es::{Commit, RecordedEvent};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use super::LiveCommit;

/// Something that happened: the data of a message without a name. Its id is a position.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventMessage {
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "GarmentPublished")]
    pub event_type: String,
    /// To what sort of thing.
    #[schema(example = "catalog.garment")]
    pub aggregate_type: String,
    /// To which one.
    pub aggregate_id: String,
    /// Which event of that thing it is, from 1.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
    /// When.
    #[schema(format = DateTime)]
    pub time: String,
    /// The event itself; see the catalogue of events.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
}

/// How far a worker has come: the data of a message named `progress`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProgressMessage {
    /// The try-on.
    pub session: String,
    /// Which attempt.
    pub attempt: u32,
    /// What the worker does.
    pub stage: String,
    /// How much of the work is done, 0 to 1.
    pub fraction: f64,
    /// Since the attempt began.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub elapsed_ms: u64,
}

/// A commit on its way to one client.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) live: Arc<LiveCommit>,
    /// Events of the commit that the client has already.
    pub(crate) skip: usize,
}

impl Delivery {
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        let events = self.live.commit.events.iter();
        events.map(|event| event.event_type.as_str())
    }

    /// One message per event that the client lacks.
    pub(crate) fn frames(&self) -> Vec<Event> {
        let frames = self.live.frames();
        frames.get(self.skip..).unwrap_or_default().to_vec()
    }
}

/// One message per event. The last one's id is the commit's position; those before have `.<number>` behind it.
pub(crate) fn frames_of(commit: &Commit) -> Vec<Event> {
    let count = commit.events.len();
    let frame = |(index, event): (usize, &RecordedEvent)| {
        let message = EventMessage {
            event_type: event.event_type.clone(),
            aggregate_type: commit.aggregate_type.clone(),
            aggregate_id: commit.aggregate_id.clone(),
            version: commit.from_version + u64::try_from(index).unwrap_or(0),
            time: commit.time.format(&Rfc3339).unwrap_or_default(),
            data: event.data.clone(),
        };
        let id = if index + 1 == count {
            commit.position.to_string()
        } else {
            format!("{}.{}", commit.position, index + 1)
        };
        // In JSON a raw carriage return can only be white space, and a message must not hold one.
        let json = serde_json::to_string(&message).unwrap_or_default();
        Event::default().id(id).data(json.replace('\r', " "))
    };
    commit.events.iter().enumerate().map(frame).collect()
}

/// A worker's progress, if it is what it should be.
pub(crate) fn progress_frame(payload: &[u8]) -> Option<Event> {
    const LONGEST: usize = 4096;
    if payload.len() > LONGEST {
        return None;
    }
    let message: ProgressMessage = serde_json::from_slice(payload).ok()?;
    let json = serde_json::to_string(&message).ok()?;
    Some(Event::default().event("progress").data(json))
}
