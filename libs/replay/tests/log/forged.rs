//! A log that is written message by message, as no writer of ours would.

use std::sync::Arc;

use async_nats::{HeaderMap, jetstream};
use jetstream_es::{EventLog, EventLogConfig};
use replay::{EventSchema, SchemaSet};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::NatsServer;

pub(crate) struct Forged {
    _server: NatsServer,
    pub(crate) log: EventLog,
    pub(crate) context: jetstream::Context,
}

impl Forged {
    pub(crate) async fn start() -> Self {
        let server = NatsServer::start().await.unwrap();
        let config = EventLogConfig {
            monitor_url: Some(server.monitor_url()),
            ..EventLogConfig::new("TEST_EVENTS", "test.events")
        };
        let client = jetstream_es::connect(&server.url(), "test").await.unwrap();
        let log = EventLog::open(client.clone(), config).await.unwrap();
        Self {
            _server: server,
            log,
            context: jetstream::new(client),
        }
    }

    /// A message as it is given, with a good checksum.
    pub(crate) async fn put(&self, subject: &str, body: String) {
        let headers = headers(subject, &body, "2026-07-31T12:00:00Z");
        let published = self
            .context
            .publish_with_headers(subject.to_owned(), headers, body.into());
        published.await.unwrap().await.unwrap();
    }

    /// One event `Added` of the account, with this version.
    pub(crate) async fn add(&self, id: &str, version: u64, amount: &Value) {
        let data = json!({ "type": "Added", "amount": amount });
        self.put(&subject(id), commit(version, &[("Added", data)]))
            .await;
    }
}

pub(crate) fn subject(id: &str) -> String {
    format!("test.events.bank.account.{id}")
}

pub(crate) fn headers(subject: &str, body: &str, time: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("Es-Command", "c-1");
    headers.insert("Es-Time", time);
    headers.insert(
        "Es-Checksum",
        hex::encode(Sha256::digest(format!("{subject}\n{body}"))),
    );
    headers
}

pub(crate) fn commit(version: u64, events: &[(&str, Value)]) -> String {
    let events: Vec<Value> = events
        .iter()
        .map(|(name, data)| json!({ "type": name, "version": "1", "data": data }))
        .collect();
    json!({ "v": 1, "from_version": version, "events": events }).to_string()
}

/// What an account's events look like.
pub(crate) fn schemas() -> Arc<SchemaSet> {
    let schema = |name: &str, properties: Value, required: &[&str]| EventSchema {
        aggregate_type: "bank.account".to_owned(),
        event_type: name.to_owned(),
        event_version: "1".to_owned(),
        schema: json!({
            "$id": format!("/schemas/{name}/1"), "type": "object", "required": required, "properties": properties
        }),
    };
    let added =
        json!({ "type": { "const": "Added" }, "amount": { "type": "integer", "format": "int64" } });
    let noted = json!({
        "type": { "const": "Noted" },
        "note": { "type": ["object", "null"], "required": ["text"], "properties": {
            "text": { "type": "string" }, "tags": { "type": "array", "items": { "type": "string" } } } }
    });
    let set = [
        schema("Added", added, &["type", "amount"]),
        schema("Noted", noted, &["type"]),
        schema(
            "Closed",
            json!({ "type": { "const": "Closed" } }),
            &["type"],
        ),
    ];
    Arc::new(SchemaSet::new(set).unwrap())
}
