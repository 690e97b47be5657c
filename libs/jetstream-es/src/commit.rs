//! One message of the stream: the events of one command.

use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::CorruptLog;
use crate::metadata::{
    ACTOR, CAUSATION, CHECKSUM, COMMAND, CORRELATION, REQUEST, TIME, TRACEPARENT,
};
use crate::position::{Epoch, Position};
use crate::subject::Subjects;
use crate::upcast::Upcasters;

const ENVELOPE_VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
struct Envelope<E> {
    v: u32,
    from_version: u64,
    events: Vec<E>,
}

#[derive(Serialize)]
struct NewEvent<'a, E> {
    #[serde(rename = "type")]
    event_type: String,
    version: String,
    data: &'a E,
}

/// One event as it was stored.
#[derive(Clone, Debug, Deserialize)]
pub struct RecordedEvent {
    /// What `DomainEvent::event_type` answered when it was stored.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What `DomainEvent::event_version` answered.
    #[serde(rename = "version")]
    pub event_version: String,
    /// The event in JSON.
    pub data: Box<RawValue>,
}

/// The events that one command stored, and what is known about the command.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Where it stands in the log.
    pub position: Position,
    /// `Aggregate::TYPE`, such as `catalog.garment`.
    pub aggregate_type: String,
    /// Id of the aggregate.
    pub aggregate_id: String,
    /// Version of the aggregate after the first of the events, from 1.
    pub from_version: u64,
    /// When the writer made it.
    pub time: OffsetDateTime,
    /// Id of the command.
    pub command_id: String,
    /// Shared by everything that one request set off.
    pub correlation_id: Option<String>,
    /// What led to the command.
    pub causation_id: Option<String>,
    /// Opaque id of who asked.
    pub actor: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// Hash of the request that gave the command.
    pub request_hash: Option<String>,
    /// The events, in order; empty when the message is malformed.
    pub events: Vec<RecordedEvent>,
    /// SHA-256 of the subject, a line feed and the body: tells a changed log from the one that was read before.
    pub fingerprint: [u8; 32],
    /// Why the message is not a commit that this crate wrote, if it is not.
    pub malformed: Option<String>,
    /// The message itself: what an archive keeps.
    pub message: RawMessage,
    upcasters: Upcasters,
}

/// A message of the stream, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// Its subject.
    pub subject: String,
    /// Its headers, sorted by name.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
    /// When the server stored it.
    pub stored: Option<OffsetDateTime>,
}

impl RawMessage {
    fn read(stored: &Stored<'_>) -> Self {
        let named = stored.headers.into_iter().flat_map(HeaderMap::iter);
        let mut headers: Vec<(String, String)> = named
            .flat_map(|(name, values)| {
                let pair = |value: &HeaderValue| (name.to_string(), value.as_str().to_owned());
                values.iter().map(pair).collect::<Vec<_>>()
            })
            .collect();
        headers.sort_unstable();
        Self {
            subject: stored.subject.to_owned(),
            headers,
            body: stored.body.clone(),
            stored: stored.time,
        }
    }
}

/// An event that the code of today cannot read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read event {index} ({event_type} v{event_version}) of {position}")]
pub struct DecodeError {
    /// The commit.
    pub position: Position,
    /// Which of its events, from 0.
    pub index: usize,
    /// Type as stored.
    pub event_type: String,
    /// Version as stored.
    pub event_version: String,
    /// Whether that is newer than this program knows: a newer program can read it.
    pub is_newer: bool,
    /// What the decoder says.
    #[source]
    pub source: serde_json::Error,
}

/// Whether an event was stored in a newer version than this program knows: it may mean something else, however well it reads.
fn is_newer(stored: &str, known: &str) -> bool {
    match (stored.parse::<u64>(), known.parse::<u64>()) {
        (Ok(stored), Ok(known)) => stored > known,
        (Ok(_) | Err(_), _) => stored != known,
    }
}

impl Commit {
    /// The events as values of the aggregate's event type.
    ///
    /// # Errors
    /// When an event does not have the shape that the type of today expects, or is of a newer version than that, or the whole
    /// message is malformed.
    pub fn decode<A: Aggregate>(&self) -> Result<Vec<A::Event>, DecodeError> {
        if let Some(why) = &self.malformed {
            return Err(DecodeError {
                position: self.position.clone(),
                index: 0,
                event_type: "malformed".to_owned(),
                event_version: String::new(),
                is_newer: false,
                source: serde::de::Error::custom(why),
            });
        }
        let decode = |(index, event): (usize, &RecordedEvent)| {
            let refused = |source, is_newer| DecodeError {
                position: self.position.clone(),
                index,
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                is_newer,
                source,
            };
            let (read, version) = match self.upcasters.apply(self, index, event) {
                Ok(None) => {
                    let read = serde_json::from_str(event.data.get());
                    (read, event.event_version.clone())
                }
                Ok(Some(upcast)) => {
                    let read = serde_json::from_value(upcast.payload);
                    (read, upcast.event_version)
                }
                Err(error) => return Err(refused(error, false)),
            };
            let read: A::Event = read.map_err(|error| refused(error, false))?;
            let known = read.event_version();
            if is_newer(&version, &known) {
                let why = format!("this program knows version {known} of it");
                return Err(refused(serde::de::Error::custom(why), true));
            }
            Ok(read)
        };
        self.events.iter().enumerate().map(decode).collect()
    }

    /// The version of the aggregate after this commit.
    pub fn to_version(&self) -> u64 {
        (self.from_version + self.events.len() as u64).saturating_sub(1)
    }

    pub(crate) fn corrupt(&self, detail: impl Into<String>) -> CorruptLog {
        CorruptLog {
            sequence: self.position.sequence,
            subject: format!("{}.{}", self.aggregate_type, self.aggregate_id),
            detail: detail.into(),
        }
    }

    /// Reads a stored message. A message that nobody should have written becomes a malformed commit, so that a reader
    /// sees that something stands there.
    pub(crate) fn read(
        subjects: &Subjects,
        epoch: &Epoch,
        upcasters: &Upcasters,
        message: &Stored<'_>,
    ) -> Self {
        let text = |name: &str| {
            message
                .headers
                .and_then(|headers| headers.get(name))
                .map(HeaderValue::as_str)
        };
        let owned = |name: &str| text(name).map(ToOwned::to_owned);
        let mut malformed = None;
        let aggregate = subjects.parse(message.subject).unwrap_or_else(|| {
            malformed = Some("the subject names no aggregate".to_owned());
            (message.subject, "")
        });
        let envelope = serde_json::from_slice::<Envelope<RecordedEvent>>(message.body);
        let (from_version, mut events) = match envelope {
            Ok(envelope) if envelope.v != ENVELOPE_VERSION => {
                malformed = Some(format!("the envelope has version {}", envelope.v));
                (0, Vec::new())
            }
            Ok(envelope) if envelope.from_version == 0 || envelope.events.is_empty() => {
                malformed = Some("the envelope has no events".to_owned());
                (0, Vec::new())
            }
            Ok(envelope) => (envelope.from_version, envelope.events),
            Err(error) => {
                malformed = Some(format!("the body is not an envelope: {error}"));
                (0, Vec::new())
            }
        };
        let fingerprint = fingerprint(message.subject, message.body);
        // Commits of older versions have none.
        if malformed.is_none()
            && text(CHECKSUM).is_some_and(|checksum| checksum != hex::encode(fingerprint))
        {
            malformed = Some("the checksum is not that of the body".to_owned());
            events = Vec::new();
        }
        Self {
            position: Position {
                epoch: epoch.clone(),
                sequence: message.sequence,
            },
            aggregate_type: aggregate.0.to_owned(),
            aggregate_id: aggregate.1.to_owned(),
            from_version,
            time: text(TIME)
                .and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok())
                .or(message.time)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            command_id: owned(COMMAND).unwrap_or_default(),
            correlation_id: owned(CORRELATION),
            causation_id: owned(CAUSATION),
            actor: owned(ACTOR),
            traceparent: owned(TRACEPARENT),
            request_hash: owned(REQUEST),
            events,
            fingerprint,
            malformed,
            message: RawMessage::read(message),
            upcasters: upcasters.clone(),
        }
    }
}

/// A message as the server returned it.
pub(crate) struct Stored<'a> {
    pub(crate) subject: &'a str,
    pub(crate) sequence: u64,
    pub(crate) headers: Option<&'a HeaderMap>,
    pub(crate) body: &'a Bytes,
    pub(crate) time: Option<OffsetDateTime>,
}

pub(crate) fn fingerprint(subject: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(subject.as_bytes());
    hash.update(b"\n");
    hash.update(body);
    hash.finalize().into()
}

/// The body of a new commit and the list of its event types.
pub(crate) fn encode<E: DomainEvent>(
    events: &[E],
    from_version: u64,
) -> Result<(Bytes, String), serde_json::Error> {
    let types: Vec<String> = events.iter().map(DomainEvent::event_type).collect();
    let events = events
        .iter()
        .map(|event| NewEvent {
            event_type: event.event_type(),
            version: event.event_version(),
            data: event,
        })
        .collect();
    let body = serde_json::to_vec(&Envelope {
        v: ENVELOPE_VERSION,
        from_version,
        events,
    })?;
    Ok((body.into(), types.join(",")))
}
