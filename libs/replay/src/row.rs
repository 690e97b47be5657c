//! One event as everybody sees it: the same in NDJSON, SSE, CSV, Parquet and gRPC.

use jetstream_es::{Commit, RecordedEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use time::{UtcOffset, format_description::well_known::Rfc3339};

use crate::filter::MALFORMED;

/// What a commit's rows have in common: made once for all of them.
#[derive(Debug)]
pub(crate) struct Shared {
    position: String,
    pub(crate) time: String,
}

impl Shared {
    pub(crate) fn of(commit: &Commit) -> Self {
        let time = commit.time.to_offset(UtcOffset::UTC);
        Self {
            position: commit.position.to_string(),
            time: time.format(&Rfc3339).unwrap_or_default(),
        }
    }
}

/// One event.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    /// Where its commit stands in the log: `<epoch>-<sequence>`.
    pub position: &'a str,
    /// The sequence alone: sorts as a number.
    pub sequence: u64,
    /// Which event of its commit it is, from 0.
    pub index: u64,
    /// When the writer made it, in UTC.
    pub time: &'a str,
    /// The first word of the aggregate's type.
    pub context: &'a str,
    /// The aggregate's type.
    pub aggregate: &'a str,
    /// The aggregate's id.
    pub id: &'a str,
    /// The aggregate's version after this event, from 1.
    pub version: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: &'a str,
    /// Version of the event's form.
    pub event_version: &'a str,
    /// Opaque id of who asked.
    pub actor: Option<&'a str>,
    /// Id of the command.
    pub command_id: &'a str,
    /// Shared by everything that one request set off.
    pub correlation_id: Option<&'a str>,
    /// What led to the command.
    pub causation_id: Option<&'a str>,
    /// The event.
    pub data: &'a RawValue,
}

impl<'a> Row<'a> {
    pub(crate) fn new(
        commit: &'a Commit,
        shared: &'a Shared,
        index: usize,
        event: &'a RecordedEvent,
    ) -> Self {
        let aggregate = commit.aggregate_type.as_str();
        let index = index as u64;
        Self {
            position: &shared.position,
            sequence: commit.position.sequence,
            index,
            time: &shared.time,
            context: aggregate.split('.').next().unwrap_or(aggregate),
            aggregate,
            id: &commit.aggregate_id,
            version: commit.from_version + index,
            event_type: &event.event_type,
            event_version: &event.event_version,
            actor: commit.actor.as_deref(),
            command_id: &commit.command_id,
            correlation_id: commit.correlation_id.as_deref(),
            causation_id: commit.causation_id.as_deref(),
            data: &event.data,
        }
    }

    /// Calls `each` with the row of every chosen event, in order.
    pub fn each<E>(
        commit: &Commit,
        chosen: &[usize],
        mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if chosen.is_empty() {
            return Ok(());
        }
        let shared = Shared::of(commit);
        if let Some(why) = &commit.malformed {
            let stand_in = stand_in(why);
            return each(&Row::new(commit, &shared, 0, &stand_in));
        }
        for &index in chosen {
            if let Some(event) = commit.events.get(index) {
                each(&Row::new(commit, &shared, index, event))?;
            }
        }
        Ok(())
    }

    /// Appends the row as one line of JSON, without its end.
    pub fn write_json(&self, into: &mut Vec<u8>) -> serde_json::Result<()> {
        let start = into.len();
        serde_json::to_writer(&mut *into, self)?;
        one_line(&mut into[start..]);
        Ok(())
    }
}

/// In JSON a raw line break can only be white space.
fn one_line(json: &mut [u8]) {
    for byte in json {
        if matches!(*byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// What stands for a message that is no commit, so that nobody overlooks it.
fn stand_in(why: &str) -> RecordedEvent {
    let data = serde_json::json!({ "type": MALFORMED, "reason": why });
    let data = serde_json::value::to_raw_value(&data);
    RecordedEvent {
        event_type: MALFORMED.to_owned(),
        event_version: "0".to_owned(),
        data: data.unwrap_or_else(|_| RawValue::NULL.to_owned()),
    }
}
