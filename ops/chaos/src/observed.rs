//! The log as the server holds it: read message by message with NATS' own client, parsed here once more.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, bail};
use async_nats::jetstream::{self, consumer::DeliverPolicy, consumer::pull::OrderedConfig};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a message is called that is no commit.
pub const MALFORMED: &str = "malformed";

/// A message of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Its sequence in the stream.
    pub sequence: u64,
    /// Such as `catalog.garment`.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
    /// The version after its first event; 0 where the message is no commit.
    pub from_version: u64,
    /// When it was made, as written.
    pub time: String,
    /// The command.
    pub command_id: String,
    /// The request.
    pub correlation_id: Option<String>,
    /// Who asked.
    #[serde(default)]
    pub actor: Option<String>,
    /// The events: type and data.
    pub events: Vec<(String, Value)>,
}

#[derive(Deserialize)]
struct Envelope {
    from_version: u64,
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    name: String,
    data: Value,
}

/// Reads the whole stream.
pub async fn read_log(
    client: async_nats::Client,
    stream: &str,
    prefix: &str,
) -> anyhow::Result<Vec<LogEntry>> {
    const PATIENCE: Duration = Duration::from_secs(15);
    let context = jetstream::new(client);
    let mut stream = context.get_stream(stream).await?;
    let last = stream.info().await?.state.last_sequence;
    let mut entries = Vec::new();
    if last == 0 {
        return Ok(entries);
    }
    let consumer = stream
        .create_consumer(OrderedConfig {
            deliver_policy: DeliverPolicy::All,
            ..OrderedConfig::default()
        })
        .await?;
    let mut messages = consumer.messages().await?;
    loop {
        let message = tokio::time::timeout(PATIENCE, messages.next())
            .await
            .context("the log cannot be read to its end")?
            .context("the consumer ended")??;
        let sequence = message
            .info()
            .map_err(|error| anyhow::anyhow!("{error}"))?
            .stream_sequence;
        entries.push(parse(&message.message, sequence, prefix)?);
        if sequence >= last {
            return Ok(entries);
        }
    }
}

fn parse(message: &async_nats::Message, sequence: u64, prefix: &str) -> anyhow::Result<LogEntry> {
    let header = |name: &str| {
        let value = message.headers.as_ref()?.get(name)?;
        Some(value.as_str().to_owned())
    };
    let subject = message.subject.as_str();
    let names: Vec<&str> = subject
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('.'))
        .with_context(|| format!("{subject} is no subject of the log"))?
        .split('.')
        .collect();
    let [context, aggregate, id] = names[..] else {
        bail!("{subject} names no aggregate");
    };
    // What is no commit is told as one event of this name.
    let envelope = serde_json::from_slice(&message.payload).unwrap_or_else(|_| Envelope {
        from_version: 0,
        events: vec![Event {
            name: MALFORMED.to_owned(),
            data: Value::Null,
        }],
    });
    Ok(LogEntry {
        sequence,
        aggregate_type: format!("{context}.{aggregate}"),
        aggregate_id: id.to_owned(),
        from_version: envelope.from_version,
        time: header("Es-Time").unwrap_or_default(),
        command_id: header("Es-Command").unwrap_or_default(),
        correlation_id: header("Es-Correlation"),
        actor: header("Es-Actor"),
        events: envelope
            .events
            .into_iter()
            .map(|event| (event.name, event.data))
            .collect(),
    })
}

/// One place of a live stream: the sequence of the commit and which of its events, the last one being `u32::MAX`.
pub type Place = (u64, u32);

/// All places of a log, in order: what a client that may see everything must be told. What is no commit is no event.
pub fn places(log: &[LogEntry]) -> Vec<Place> {
    let place = |entry: &LogEntry| {
        let count = u32::try_from(entry.events.len()).unwrap_or(u32::MAX);
        let sequence = entry.sequence;
        (1..=count).map(move |number| (sequence, if number == count { u32::MAX } else { number }))
    };
    let commits = log.iter().filter(|entry| entry.from_version > 0);
    commits.flat_map(place).collect()
}

/// The place that an event's id names: `<epoch>-<sequence>`, or `<epoch>-<sequence>.<event>` inside a commit.
pub fn place(id: &str) -> Option<Place> {
    let (_, place) = id.rsplit_once('-')?;
    match place.split_once('.') {
        Some((sequence, event)) => Some((sequence.parse().ok()?, event.parse().ok()?)),
        None => Some((place.parse().ok()?, u32::MAX)),
    }
}

/// (view, id) → the document that a client gets.
pub type Documents = BTreeMap<(String, String), Value>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_a_place() {
        assert_eq!(place("e1-7"), Some((7, u32::MAX)));
        assert_eq!(place("e1-7.2"), Some((7, 2)));
        assert_eq!(place("seven"), None);
    }
}
