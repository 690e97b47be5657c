//! Server-sent events, read as a browser reads them.

use std::{collections::VecDeque, time::Duration};

use anyhow::{Context, bail};
use futures::{Stream, StreamExt};
use serde_json::Value;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerEvent {
    /// The id to resume after; progress has none.
    pub id: Option<String>,
    /// The event's name.
    pub event: String,
    /// The payload.
    pub data: Value,
}

/// An open stream.
pub struct SseStream {
    bytes: std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<Vec<u8>>> + Send>>,
    buffer: String,
    ready: VecDeque<ServerEvent>,
}

impl SseStream {
    pub(crate) fn new(response: reqwest::Response) -> Self {
        let bytes = response
            .bytes_stream()
            .map(|chunk| chunk.map(|bytes| bytes.to_vec()));
        Self {
            bytes: Box::pin(bytes),
            buffer: String::new(),
            ready: VecDeque::new(),
        }
    }

    /// The next event; `None` when the server has closed the stream; an error after 30 s of silence.
    pub async fn next(&mut self) -> anyhow::Result<Option<ServerEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let chunk = tokio::time::timeout(Duration::from_secs(30), self.bytes.next())
                .await
                .context("no event within 30 s")?;
            match chunk {
                None => return Ok(None),
                Some(chunk) => self.take(&String::from_utf8(chunk?)?)?,
            }
        }
    }

    /// Reads until an event of this name comes, and answers everything read.
    pub async fn until(&mut self, event: &str) -> anyhow::Result<Vec<ServerEvent>> {
        self.until_any(&[event]).await
    }

    /// Reads until one of these comes, and answers everything read.
    pub async fn until_any(&mut self, events: &[&str]) -> anyhow::Result<Vec<ServerEvent>> {
        let mut seen = vec![];
        while let Some(next) = self.next().await? {
            let last = events.contains(&next.event.as_str());
            seen.push(next);
            if last {
                return Ok(seen);
            }
        }
        bail!("the stream ended before any of {events:?}: {seen:?}")
    }

    fn take(&mut self, text: &str) -> anyhow::Result<()> {
        self.buffer.push_str(text);
        while let Some(end) = self.buffer.find("\n\n") {
            let block: String = self.buffer.drain(..end + 2).collect();
            if let Some(event) = parse(&block)? {
                self.ready.push_back(event);
            }
        }
        Ok(())
    }
}

/// A block of lines; one of comments alone is no event.
fn parse(block: &str) -> anyhow::Result<Option<ServerEvent>> {
    let (mut id, mut event, mut data) = (None, "message".to_owned(), String::new());
    for line in block.lines() {
        match line
            .split_once(':')
            .map(|(field, value)| (field, value.strip_prefix(' ').unwrap_or(value)))
        {
            Some(("id", value)) => id = Some(value.to_owned()),
            Some(("event", value)) => value.clone_into(&mut event),
            Some(("data", value)) => data.push_str(value),
            _ => {}
        }
    }
    if data.is_empty() {
        return Ok(None);
    }
    let data: Value = serde_json::from_str(&data).with_context(|| format!("no JSON: {data}"))?;
    // Domain events have no SSE name, so that a browser gets them all in one handler; their type is in the payload.
    if let ("message", Some(name)) = (event.as_str(), data["type"].as_str()) {
        name.clone_into(&mut event);
    }
    Ok(Some(ServerEvent { id, event, data }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_an_id_a_name_and_data() {
        let event = parse("id: e-7\nevent: TryOnStarted\ndata: {\"a\":1}\n\n")
            .unwrap()
            .unwrap();
        assert_eq!(event.id.as_deref(), Some("e-7"));
        assert_eq!(event.event, "TryOnStarted");
        assert_eq!(event.data["a"], 1);
        assert_eq!(parse(": heartbeat\n\n").unwrap(), None);
    }
}
