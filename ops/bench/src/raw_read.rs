//! What reading is held against: the stream through the client alone, in large pulls; nothing is looked at.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use async_nats::jetstream::{
    self,
    consumer::{AckPolicy, pull},
};
use futures::StreamExt;
use tokio::time::timeout;

use crate::stand::Stand;

const PATIENCE: Duration = Duration::from_mins(5);

/// Events a second out of the stream `name`, which has so many.
pub(crate) async fn raw_read(stand: &Stand, name: &str, events: u64) -> anyhow::Result<f64> {
    let context = jetstream::new(stand.client().await?);
    let config = pull::Config {
        ack_policy: AckPolicy::None,
        memory_storage: true,
        ..pull::Config::default()
    };
    let consumer = context.create_consumer_on_stream(config, name).await?;
    let began = Instant::now();
    let pulled = consumer.stream().max_messages_per_batch(4_096).messages();
    let mut messages = pulled.await?.take(usize::try_from(events)?);
    let mut bytes = 0;
    let reading = async {
        while let Some(message) = messages.next().await {
            bytes += message?.payload.len();
        }
        anyhow::Ok(())
    };
    timeout(PATIENCE, reading)
        .await
        .context("reading takes too long")??;
    ensure!(bytes > 0, "nothing was read");
    Ok(events as f64 / began.elapsed().as_secs_f64())
}
