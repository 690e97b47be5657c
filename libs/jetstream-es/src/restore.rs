//! Puts the messages of an archive into a log that lost them.

use async_nats::jetstream::message::PublishMessage;
use async_nats::{HeaderMap, HeaderName, HeaderValue};

use crate::commit::RawMessage;
use crate::error::LogError;
use crate::log::EventLog;

const DOING: &str = "restoring a message";

impl EventLog {
    /// Stores archived messages again, the first of them as exactly the sequence `first` and the others behind it. The
    /// log must end just before. For restoring alone: a running system appends through [`crate::Executor`].
    ///
    /// # Errors
    /// At the first message that cannot be stored; those before it are.
    pub async fn restore(&self, first: u64, messages: &[RawMessage]) -> Result<(), LogError> {
        self.check_connected()?;
        let mut sent = Vec::with_capacity(messages.len());
        for (message, sequence) in messages.iter().zip(first..) {
            let publish = PublishMessage::build()
                .payload(message.body.clone())
                .headers(headers(message, sequence)?);
            let publish = self
                .inner
                .context
                .send_publish(message.subject.clone(), publish);
            sent.push(
                publish
                    .await
                    .map_err(|error| LogError::client(DOING, error))?,
            );
        }
        for (acknowledged, sequence) in sent.into_iter().zip(first..) {
            let ack = acknowledged
                .await
                .map_err(|error| LogError::client(DOING, error))?;
            if ack.sequence != sequence {
                let detail = format!("it was stored as {} instead of {sequence}", ack.sequence);
                return Err(LogError::client(DOING, detail));
            }
        }
        Ok(())
    }
}

/// The archived headers, with an expectation of the whole log in place of that of its subject.
fn headers(message: &RawMessage, sequence: u64) -> Result<HeaderMap, LogError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &message.headers {
        if name.starts_with("Nats-") {
            continue;
        }
        let name: HeaderName = name
            .parse()
            .map_err(|_| LogError::client(DOING, format!("{name:?} is no header")))?;
        let value: HeaderValue = value
            .parse()
            .map_err(|_| LogError::client(DOING, format!("{value:?} is no header's value")))?;
        headers.append(name, value);
    }
    headers.insert(
        "Nats-Expected-Last-Sequence",
        (sequence - 1).to_string().as_str(),
    );
    Ok(headers)
}
