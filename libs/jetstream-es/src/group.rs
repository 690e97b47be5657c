//! Group commit: the appends of many writers share one sync of the disk.
//!
//! A single server with `sync_interval: always` syncs every message by itself, one after another. An atomic batch it
//! writes whole and syncs once, before it answers. So while one round of appends is under way, the next ones gather; a
//! few go out side by side, many as one batch. ADR 0007 and `ops/bench` hold the figures.
//!
//! A batch is all or nothing, but the commits in it have nothing to do with each other. When the server refuses one
//! (one stale commit is enough), nothing of it was stored, and each commit is sent by itself to get its own answer.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_nats::connection::State;
use async_nats::jetstream::{self, message::PublishMessage};
use async_nats::{Client, HeaderMap};
use bytes::Bytes;
use futures::future::join_all;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use crate::append::{DOING, Receipt, Verdict, read_error};
use crate::error::LogError;

/// Commits that wait for their turn; more wait before the queue.
const QUEUE: usize = 1_024;
/// A batch costs some syncs of its own: it is worth it for more commits than these.
const SIDE_BY_SIDE: usize = 8;
/// The largest batch, in commits and bytes. The server takes 1,000.
const LARGEST_BATCH: usize = 128;
const LARGEST_BATCH_BYTES: usize = 1 << 20;

/// A message that is ready to be sent.
pub(crate) struct Outgoing {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

struct Waiting {
    outgoing: Outgoing,
    answer: oneshot::Sender<Verdict>,
    /// Taken by the sender when it goes out, or by the writer when it gives up: whoever is first.
    taken: Arc<AtomicBool>,
}

/// Where appends queue. The sender behind it ends with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct GroupCommit {
    queue: mpsc::Sender<Waiting>,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.outgoing.subject)
    }
}

impl GroupCommit {
    /// Starts the sender; it runs until every handle is dropped.
    pub(crate) fn start(
        (client, context): (Client, jetstream::Context),
        stream: String,
        batches: bool,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let sender = Sender {
            client,
            context,
            stream,
            batches,
            waiting,
            left: Vec::new(),
        };
        tokio::spawn(sender.run());
        Self { queue }
    }

    /// Sends the message with the next group.
    pub(crate) async fn publish(&self, outgoing: Outgoing, deadline: Instant) -> Verdict {
        let (answer, answered) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let waiting = Waiting {
            outgoing,
            answer,
            taken: Arc::clone(&taken),
        };
        let timed_out = || LogError::TimedOut {
            doing: "waiting for a turn to append",
        };
        match timeout_at(deadline, self.queue.send(waiting)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Verdict::Later(timed_out()),
        }
        match timeout_at(deadline, answered).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(_)) => Verdict::Unknown(LogError::Disconnected),
            Err(_) if taken.swap(true, Ordering::AcqRel) => {
                Verdict::Unknown(LogError::TimedOut { doing: DOING })
            }
            Err(_) => Verdict::Later(timed_out()),
        }
    }
}

/// Sends one group after another.
struct Sender {
    client: Client,
    context: jetstream::Context,
    stream: String,
    /// Whether the stream takes atomic batches; one of an older version may not.
    batches: bool,
    waiting: mpsc::Receiver<Waiting>,
    /// What did not fit into the last group.
    left: Vec<Waiting>,
}

impl Sender {
    async fn run(mut self) {
        while let Some(group) = self.next_group().await {
            if self.client.connection_state() != State::Connected {
                answer_each(group, || Verdict::Later(LogError::Disconnected));
            } else if group.len() <= SIDE_BY_SIDE || !self.batches {
                self.send_each(group).await;
            } else {
                self.send_batch(group).await;
            }
        }
    }

    /// Everything that waits now, as far as it fits into one batch. `None` when every handle is gone.
    async fn next_group(&mut self) -> Option<Vec<Waiting>> {
        let mut group: Vec<Waiting> = Vec::new();
        let mut subjects = HashSet::new();
        let mut bytes = 0;
        let mut carried = std::mem::take(&mut self.left).into_iter();
        loop {
            let next = match carried.next() {
                Some(waiting) => waiting,
                None if group.is_empty() => self.waiting.recv().await?,
                None => match self.waiting.try_recv() {
                    Ok(waiting) => waiting,
                    Err(_) => break,
                },
            };
            if next.answer.is_closed() {
                continue;
            }
            let size = next.outgoing.body.len();
            // A batch takes one expectation for each subject.
            let fits = group.len() < LARGEST_BATCH
                && (bytes + size <= LARGEST_BATCH_BYTES || group.is_empty())
                && subjects.insert(next.outgoing.subject.clone());
            if !fits {
                self.left.push(next);
                break;
            }
            bytes += size;
            // A writer that has just given up was told that nothing was sent.
            if !next.taken.swap(true, Ordering::AcqRel) {
                group.push(next);
            }
        }
        self.left.extend(carried);
        Some(group)
    }

    /// Side by side: each has its own sync and its own answer.
    async fn send_each(&self, group: Vec<Waiting>) {
        let mut sent = Vec::with_capacity(group.len());
        for Waiting {
            outgoing, answer, ..
        } in group
        {
            let message = PublishMessage::build()
                .payload(outgoing.body)
                .headers(outgoing.headers);
            let publish = self.context.send_publish(outgoing.subject, message).await;
            sent.push(async move {
                let verdict = match publish {
                    Ok(acknowledged) => match acknowledged.await {
                        Ok(ack) => Receipt::verdict(&ack, &self.stream),
                        Err(error) => read_error(error),
                    },
                    Err(error) => read_error(error),
                };
                // A writer that went away finds its commit by the command id.
                let _ = answer.send(verdict);
            });
        }
        join_all(sent).await;
    }

    /// As one batch; each by itself when the server refuses it.
    async fn send_batch(&self, group: Vec<Waiting>) {
        let count = group.len() as u64;
        let last = match self.publish_batch(&group).await {
            Ok(last) => last,
            Err(Verdict::Unknown(error)) => {
                let reason = error.to_string();
                debug!(
                    count,
                    "nobody knows what became of a batch of {count} commits: {reason}"
                );
                return answer_each(group, || {
                    Verdict::Unknown(LogError::client(DOING, reason.clone()))
                });
            }
            Err(refused) => {
                debug!(
                    count,
                    ?refused,
                    "a batch of {count} commits was refused; sending each by itself"
                );
                return self.send_each(group).await;
            }
        };
        for (waiting, sequence) in group.into_iter().zip(last + 1 - count..) {
            let _ = waiting.answer.send(Verdict::Stored(Receipt {
                sequence,
                duplicate: false,
            }));
        }
    }

    /// Answers the sequence of the last commit; those before it have the sequences before.
    async fn publish_batch(&self, group: &[Waiting]) -> Result<u64, Verdict> {
        let inbox = self.client.new_inbox();
        let batch = inbox.rsplit('.').next().unwrap_or_default();
        let Some((last, others)) = group.split_last() else {
            return Err(Verdict::Later(LogError::Disconnected));
        };
        let headers_of = |waiting: &Waiting, number: usize| {
            let mut headers = waiting.outgoing.headers.clone();
            headers.insert("Nats-Batch-Id", batch);
            headers.insert("Nats-Batch-Sequence", number.to_string());
            headers
        };
        for (waiting, number) in others.iter().zip(1..) {
            let outgoing = &waiting.outgoing;
            let headers = headers_of(waiting, number);
            let subject = outgoing.subject.clone();
            let body = outgoing.body.clone();
            let sent = self.client.publish_with_headers(subject, headers, body);
            // Without its end the batch is never stored.
            sent.await
                .map_err(|error| Verdict::Later(LogError::client(DOING, error)))?;
        }
        let mut headers = headers_of(last, group.len());
        headers.insert("Nats-Batch-Commit", "1");
        let message = PublishMessage::build()
            .payload(last.outgoing.body.clone())
            .headers(headers);
        let sent = self
            .context
            .send_publish(last.outgoing.subject.clone(), message);
        let acknowledged = sent.await.map_err(read_error)?;
        let ack = acknowledged.await.map_err(read_error)?;
        if ack.stream == self.stream && ack.batch_size == Some(group.len() as u64) {
            Ok(ack.sequence)
        } else {
            let told = format!("the server answered {ack:?} to a batch of {}", group.len());
            Err(Verdict::Unknown(LogError::client(DOING, told)))
        }
    }
}

fn answer_each(group: Vec<Waiting>, verdict: impl Fn() -> Verdict) {
    for waiting in group {
        // A writer that went away finds its commit by the command id.
        let _ = waiting.answer.send(verdict());
    }
}
