//! Reads: from the leader, and many at once by direct get.

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::stream::{
    RawMessageBuilder, RawMessageError, RawMessageErrorKind, WithHeaders,
};
use async_nats::{HeaderMap, HeaderValue, Message};
use futures::StreamExt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::timeout;

use crate::commit::{Commit, Stored};
use crate::error::LogError;
use crate::log::{EventLog, Page};
use crate::open::REQUEST_TIMEOUT;
use crate::subject::SubjectFilter;

/// Commits and bytes that one request asks for at most.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 4 << 20;
const DOING: &str = "reading commits";

/// What one batched direct get answered.
struct Batch {
    commits: Vec<Commit>,
    /// Sequence of the last message that was sent; 0 for none.
    last: u64,
    /// Whether the server has more for this request.
    more: bool,
}

/// Whether nobody could say what the message is, or that there is none.
fn is_silent<T, E>(answer: &Result<Result<T, RawMessageError>, E>) -> bool {
    match answer {
        Err(_) => true,
        Ok(Ok(_)) => false,
        Ok(Err(error)) => match error.kind() {
            RawMessageErrorKind::NoMessageFound => false,
            RawMessageErrorKind::JetStream(refusal) => {
                refusal.error_code() != ErrorCode::NO_MESSAGE_FOUND
            }
            RawMessageErrorKind::InvalidSubject | RawMessageErrorKind::Other => true,
        },
    }
}

impl EventLog {
    /// One message from the leader, which alone knows everything that was acknowledged.
    pub(crate) async fn leader_get(
        &self,
        choose: impl FnOnce(RawMessageBuilder<WithHeaders>) -> RawMessageBuilder<WithHeaders>,
    ) -> Result<Option<Commit>, LogError> {
        const DOING: &str = "reading a commit from the leader";
        self.check_connected()?;
        let stream = self.stream().await?;
        let answer = timeout(REQUEST_TIMEOUT, choose(stream.raw_message_builder()).send()).await;
        if is_silent(&answer) {
            self.unanswered().await;
        }
        match answer.map_err(|_| LogError::TimedOut { doing: DOING })? {
            Ok(message) => Ok(Some(
                self.commit_from(&Stored {
                    subject: &message.subject,
                    sequence: message.sequence,
                    headers: Some(&message.headers),
                    body: &message.payload,
                    time: OffsetDateTime::from_unix_timestamp_nanos(
                        message.time.unix_timestamp_nanos(),
                    )
                    .ok(),
                }),
            )),
            Err(error) => match error.kind() {
                RawMessageErrorKind::NoMessageFound => Ok(None),
                RawMessageErrorKind::JetStream(refusal)
                    if refusal.error_code() == ErrorCode::NO_MESSAGE_FOUND =>
                {
                    Ok(None)
                }
                RawMessageErrorKind::JetStream(refusal) => Err(LogError::refused(DOING, &refusal)),
                RawMessageErrorKind::InvalidSubject | RawMessageErrorKind::Other => {
                    Err(LogError::client(DOING, error))
                }
            },
        }
    }

    /// Every commit of one subject after sequence `after`. On a replicated stream this is at least as new as what
    /// the leader had when the call began.
    pub(crate) async fn read_subject(
        &self,
        subject: &str,
        after: u64,
    ) -> Result<Vec<Commit>, LogError> {
        let newest = if self.is_replicated() {
            let newest = self
                .leader_get(|builder| builder.last_by_subject(subject))
                .await?;
            newest.map_or(0, |commit| commit.position.sequence)
        } else {
            0
        };
        let mut commits = Vec::new();
        let mut last = after;
        if self.is_replicated() && newest <= after {
            return Ok(commits);
        }
        loop {
            let batch = self.direct_get(subject, last + 1, BATCH).await?;
            last = last.max(batch.last);
            commits.extend(batch.commits);
            if !batch.more {
                break;
            }
        }
        // A follower may lag behind the leader: fetch what it did not have.
        while last < newest {
            let after = last;
            let next = self
                .leader_get(|builder| builder.sequence(after + 1).next_by_subject(subject))
                .await?;
            let Some(commit) = next else { break };
            last = commit.position.sequence;
            commits.push(commit);
        }
        Ok(commits)
    }

    pub(crate) async fn read_page(
        &self,
        after: u64,
        filter: &SubjectFilter,
        limit: usize,
    ) -> Result<Page, LogError> {
        let wanted = filter.subjects(&self.inner.subjects)?;
        // One request can name one subject; for several, everything is read and sifted.
        let subject = if let [one] = wanted.as_slice() {
            one.clone()
        } else {
            self.inner.subjects.all()
        };
        let limit = limit.clamp(1, 10_000);
        let newest = self.last_sequence().await?;
        let mut page = Page {
            commits: Vec::new(),
            through: after,
        };
        while page.commits.len() < limit && page.through < newest {
            let mut batch = self
                .direct_get(&subject, page.through + 1, BATCH.min(limit))
                .await?;
            if batch.commits.is_empty() && self.is_replicated() {
                let from = page.through + 1;
                let next = self
                    .leader_get(|builder| builder.sequence(from).next_by_subject(subject.as_str()))
                    .await?;
                batch.last = next.as_ref().map_or(0, |commit| commit.position.sequence);
                batch.more = next.is_some();
                batch.commits.extend(next);
            }
            let done = batch.commits.is_empty() || (!batch.more && !self.is_replicated());
            for commit in batch.commits {
                if page.commits.len() == limit {
                    return Ok(page);
                }
                page.through = commit.position.sequence;
                if filter.matches(&commit) {
                    page.commits.push(commit);
                }
            }
            if done {
                page.through = page.through.max(newest);
            }
        }
        Ok(page)
    }

    /// One request for up to `count` messages of `subject` from sequence `from`.
    async fn direct_get(&self, subject: &str, from: u64, count: usize) -> Result<Batch, LogError> {
        self.check_connected()?;
        let client = &self.inner.client;
        let inbox = client.new_inbox();
        let failed = |error: async_nats::Error| LogError::client(DOING, error);
        let mut replies = client
            .subscribe(inbox.clone())
            .await
            .map_err(|error| failed(error.into()))?;
        let request = serde_json::json!({
            "seq": from, "next_by_subj": subject, "batch": count, "max_bytes": BATCH_BYTES
        });
        let api = format!("$JS.API.DIRECT.GET.{}", self.inner.stream_name);
        let sent = client
            .publish_with_reply(api, inbox, request.to_string().into())
            .await;
        sent.map_err(|error| failed(error.into()))?;
        let mut batch = Batch {
            commits: Vec::new(),
            last: 0,
            more: false,
        };
        loop {
            let reply = timeout(REQUEST_TIMEOUT, replies.next()).await;
            let reply = reply
                .map_err(|_| LogError::TimedOut { doing: DOING })?
                .ok_or(LogError::Disconnected)?;
            match reply.status.map(|status| status.as_u16()) {
                None => {
                    let commit = self.commit_of_reply(&reply)?;
                    batch.last = commit.position.sequence;
                    batch.commits.push(commit);
                }
                Some(204) => {
                    batch.more =
                        number(reply.headers.as_ref(), "Nats-Num-Pending") > 0 && batch.last > 0;
                    return Ok(batch);
                }
                Some(404) => return Ok(batch),
                Some(503) => return Err(LogError::TimedOut { doing: DOING }),
                Some(status) => {
                    let description = reply.description.unwrap_or_default();
                    let description = format!("status {status} {description}");
                    return Err(LogError::Refused {
                        doing: DOING,
                        code: 0,
                        description,
                    });
                }
            }
        }
    }

    fn commit_of_reply(&self, reply: &Message) -> Result<Commit, LogError> {
        let headers = reply.headers.as_ref();
        let sequence = number(headers, "Nats-Sequence");
        let subject = header(headers, "Nats-Subject");
        let (Some(subject), true) = (subject, sequence > 0) else {
            return Err(LogError::client(
                DOING,
                "the server's reply names no message",
            ));
        };
        let time = header(headers, "Nats-Time-Stamp")
            .and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
        Ok(self.commit_from(&Stored {
            subject,
            sequence,
            headers,
            body: &reply.payload,
            time,
        }))
    }
}

fn header<'a>(headers: Option<&'a HeaderMap>, name: &'static str) -> Option<&'a str> {
    headers
        .and_then(|headers| headers.get(name))
        .map(HeaderValue::as_str)
}

fn number(headers: Option<&HeaderMap>, name: &'static str) -> u64 {
    header(headers, name)
        .and_then(|value| value.parse().ok())
        .unwrap_or(0)
}
