//! Fills a log in no time: what a measurement is about to read, written as writers write it, in batches that share a sync.

use std::time::Duration;

use anyhow::{Context, ensure};
use async_nats::{
    Client, HeaderMap,
    jetstream::{self, message::PublishMessage},
};
use domain::event_kinds;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use uuid::Uuid;

/// Messages in a batch; the server takes 1,000.
const BATCH: usize = 500;
const PATIENCE: Duration = Duration::from_secs(30);

/// One event of an aggregate, alone in its commit.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    /// Such as `catalog.garment`.
    pub(crate) aggregate: &'static str,
    pub(crate) id: Uuid,
    /// Which event of the aggregate it is, from 1.
    pub(crate) version: u64,
    /// Its name and its `data`.
    pub(crate) event: (&'static str, String),
}

/// The frozen example of an event, as compact JSON.
pub(crate) fn example(event: &str) -> anyhow::Result<String> {
    let kinds = event_kinds();
    let kind = kinds.iter().find(|kind| kind.event_type == event);
    let kind = kind.with_context(|| format!("there is no event {event}"))?;
    Ok(serde_json::from_str::<Value>(kind.example)?.to_string())
}

/// The history of a garment: it is added, and then its price changes again and again.
pub(crate) fn garment(id: Uuid, version: u64, added: &str) -> Seed {
    let event = if version == 1 {
        ("GarmentAdded", added.to_owned())
    } else {
        let price = format!("{{\"minor\":{},\"currency\":\"EUR\"}}", 1_000 + version);
        (
            "PriceChanged",
            format!("{{\"type\":\"PriceChanged\",\"price\":{price}}}"),
        )
    };
    Seed {
        aggregate: "catalog.garment",
        id,
        version,
        event,
    }
}

/// Garments with histories of so many events, those of 500 garments mixed: `events` in all.
pub(crate) fn garments(events: u64, each: u64, added: &str) -> impl Iterator<Item = Seed> {
    let in_a_round = 500 * each;
    (0..events).map(move |number| {
        let garment_number = number / in_a_round * 500 + number % 500;
        let version = number % in_a_round / 500 + 1;
        garment(
            Uuid::from_u128(u128::from(garment_number) + 1),
            version,
            added,
        )
    })
}

/// Appends them to the log with this prefix of subjects.
pub(crate) async fn fill(
    client: &Client,
    prefix: &str,
    seeds: impl IntoIterator<Item = Seed>,
) -> anyhow::Result<u64> {
    let mut context = jetstream::new(client.clone());
    context.set_timeout(PATIENCE);
    let (mut batch, mut count) = (Vec::with_capacity(BATCH), 0);
    let mut seeds = seeds.into_iter().peekable();
    while let Some(seed) = seeds.next() {
        count += 1;
        batch.push(message(prefix, &seed, count));
        if batch.len() == BATCH || seeds.peek().is_none() {
            let sent = publish(client, &context, std::mem::take(&mut batch));
            let sent = timeout(PATIENCE, sent)
                .await
                .context("the log does not answer")?;
            ensure!(sent? == count, "the log was not empty");
        }
    }
    Ok(count)
}

type Message = (String, HeaderMap, String);

fn message(prefix: &str, seed: &Seed, number: u64) -> Message {
    let (kind, data) = &seed.event;
    let subject = format!("{prefix}.{}.{}", seed.aggregate, seed.id);
    let body = format!(
        "{{\"v\":1,\"from_version\":{},\"events\":[{{\"type\":\"{kind}\",\"version\":\"1\",\"data\":{data}}}]}}",
        seed.version
    );
    let mut headers = HeaderMap::new();
    headers.insert("Es-Command", format!("seed-{number}"));
    headers.insert(
        "Es-Actor",
        "merchandiser:00000000-0000-7000-8000-000000000001",
    );
    headers.insert("Es-Correlation", format!("request-{number}"));
    headers.insert("Es-Time", "2026-07-31T12:00:00.123456789Z");
    headers.insert("Es-Types", *kind);
    let checksum = Sha256::digest(format!("{subject}\n{body}"));
    headers.insert("Es-Checksum", hex::encode(checksum));
    (subject, headers, body)
}

/// Answers the sequence of the last message.
async fn publish(
    client: &Client,
    context: &jetstream::Context,
    batch: Vec<Message>,
) -> anyhow::Result<u64> {
    let inbox = client.new_inbox();
    let id = inbox.rsplit('.').next().unwrap_or_default();
    let count = batch.len();
    for (number, (subject, mut headers, body)) in (1..).zip(batch) {
        headers.insert("Nats-Batch-Id", id);
        headers.insert("Nats-Batch-Sequence", number.to_string());
        if number < count {
            client
                .publish_with_headers(subject, headers, body.into())
                .await?;
            continue;
        }
        headers.insert("Nats-Batch-Commit", "1");
        let message = PublishMessage::build()
            .payload(body.into())
            .headers(headers);
        return Ok(context
            .send_publish(subject, message)
            .await?
            .await?
            .sequence);
    }
    anyhow::bail!("an empty batch")
}
