//! Sends one commit and finds out what became of it.

use std::error::Error as _;
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{debug, warn};

use crate::commit::fingerprint;
use crate::error::LogError;
use crate::group::Outgoing;
use crate::log::{Appends, EventLog};
use crate::metadata::{CHECKSUM, CommandContext, TYPES};

/// A commit that is ready to be sent, again and again if need be: the expectation lets it in only once.
pub(crate) struct NewCommit {
    pub(crate) subject: String,
    pub(crate) command_id: String,
    /// Sequence of the subject's last commit when the state was loaded; 0 for none.
    pub(crate) expected: u64,
    pub(crate) fingerprint: [u8; 32],
    headers: HeaderMap,
    body: Bytes,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Appended {
    /// Stored with this sequence, exactly as sent.
    Stored(u64),
    /// The subject moved on since `expected`.
    Conflict {
        /// By another writer, or by an earlier try of this commit that was not answered.
        perhaps_with_itself: bool,
    },
    /// The same command was stored before, from this or another process.
    SeenBefore,
}

/// Why it was not stored, as far as that is known.
#[derive(Debug)]
pub(crate) enum AppendError {
    /// Surely not stored.
    NotStored(LogError),
    /// Sent, and nobody knows.
    Unknown(LogError),
    /// The stream is at its limit.
    Full,
    /// The server refused its size.
    TooLarge,
}

/// What the tracing and the errors of an append call it.
pub(crate) const DOING: &str = "appending a commit";

/// The server's word that a commit is on disk.
#[derive(Debug)]
pub(crate) struct Receipt {
    pub(crate) sequence: u64,
    pub(crate) duplicate: bool,
}

impl Receipt {
    /// Refuses the word of another stream.
    pub(crate) fn verdict(ack: &PublishAck, stream: &str) -> Verdict {
        if ack.stream == stream {
            return Verdict::Stored(Self {
                sequence: ack.sequence,
                duplicate: ack.duplicate,
            });
        }
        Verdict::Failed(AppendError::NotStored(LogError::Refused {
            doing: DOING,
            code: 0,
            description: format!("the stream {} took the commit", ack.stream),
        }))
    }
}

/// How one answer is to be read.
#[derive(Debug)]
pub(crate) enum Verdict {
    Stored(Receipt),
    Conflict,
    /// Conflict without a number: in flight, or spurious on a replicated stream.
    Unsure,
    /// Not stored, may work later.
    Later(LogError),
    /// Perhaps stored, perhaps later.
    Unknown(LogError),
    Failed(AppendError),
}

impl NewCommit {
    pub(crate) fn new(
        log: &EventLog,
        subject: String,
        expected: u64,
        (body, types): (Bytes, &str),
        context: &CommandContext,
    ) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("{subject}:{}", context.command_id));
        headers.insert("Nats-Expected-Last-Subject-Sequence", expected.to_string());
        headers.insert("Nats-Expected-Stream", log.inner.stream_name.as_str());
        context.write(&mut headers, log.inner.clock.now());
        let fingerprint = fingerprint(&subject, &body);
        headers.insert(CHECKSUM, hex::encode(fingerprint));
        if let Ok(types) = types.parse::<HeaderValue>() {
            headers.insert(TYPES, types);
        }
        Self {
            subject,
            command_id: context.command_id.clone(),
            expected,
            fingerprint,
            headers,
            body,
        }
    }
}

impl EventLog {
    /// Sends the commit until it is known to be stored or refused, or `deadline` is reached.
    ///
    /// A commit that is sent twice is stored once: the first to arrive changes the subject's last sequence, so the
    /// second is refused as a conflict, and the caller finds the first when it reads the subject's tail.
    pub(crate) async fn append(
        &self,
        commit: &NewCommit,
        deadline: Instant,
    ) -> Result<Appended, AppendError> {
        let mut pause = Duration::from_millis(5);
        let mut unsure = 0;
        let mut unanswered = false;
        let conflict = |perhaps_with_itself| Appended::Conflict {
            perhaps_with_itself,
        };
        loop {
            let verdict = self.publish_once(commit, deadline).await;
            match &verdict {
                Verdict::Unknown(_) | Verdict::Later(_) => self.unanswered().await,
                Verdict::Stored(_) => self.inner.silence.ends(),
                // A leader that has lost the others goes on refusing what is stale.
                Verdict::Conflict | Verdict::Unsure | Verdict::Failed(_) => {}
            }
            let failure = match verdict {
                Verdict::Stored(ack) if ack.duplicate => {
                    match self.inspect_duplicate(commit, ack.sequence).await {
                        // It cannot be this commit before a try of it went unanswered.
                        Ok(Appended::Stored(_)) if !unanswered => return Ok(Appended::SeenBefore),
                        Ok(appended) => return Ok(appended),
                        Err(error) if error.is_passing() => error,
                        Err(error) => return Err(AppendError::NotStored(error)),
                    }
                }
                Verdict::Stored(ack) => return Ok(Appended::Stored(ack.sequence)),
                Verdict::Conflict => return Ok(conflict(unanswered)),
                Verdict::Unsure if unsure >= 5 => return Ok(conflict(unanswered)),
                Verdict::Unsure => {
                    unsure += 1;
                    sleep(Duration::from_millis(2 * unsure)).await;
                    continue;
                }
                Verdict::Failed(error) => return Err(error),
                Verdict::Later(error) => error,
                Verdict::Unknown(error) => {
                    unanswered = true;
                    error
                }
            };
            if Instant::now() + pause >= deadline {
                return Err(if unanswered {
                    AppendError::Unknown(failure)
                } else {
                    AppendError::NotStored(failure)
                });
            }
            debug!(subject = %commit.subject, error = %failure, "sending a commit to {} again", commit.subject);
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }

    async fn publish_once(&self, commit: &NewCommit, deadline: Instant) -> Verdict {
        if let Err(error) = self.check_connected() {
            return Verdict::Later(error);
        }
        let inner = &self.inner;
        let outgoing = Outgoing {
            subject: commit.subject.clone(),
            headers: commit.headers.clone(),
            body: commit.body.clone(),
        };
        match &inner.appends {
            Appends::Grouped(group) => group.publish(outgoing, deadline).await,
            Appends::SideBySide(turns) => {
                let Ok(Ok(_turn)) = timeout_at(deadline, turns.acquire()).await else {
                    return Verdict::Later(LogError::TimedOut {
                        doing: "waiting for a turn to append",
                    });
                };
                self.publish_alone(outgoing).await
            }
        }
    }

    async fn publish_alone(&self, outgoing: Outgoing) -> Verdict {
        let message = PublishMessage::build()
            .payload(outgoing.body)
            .headers(outgoing.headers);
        let sent = self.inner.context.send_publish(outgoing.subject, message);
        match sent.await {
            Ok(acknowledged) => match acknowledged.await {
                Ok(ack) => Receipt::verdict(&ack, &self.inner.stream_name),
                Err(error) => read_error(error),
            },
            Err(error) => read_error(error),
        }
    }

    /// The server says that it knows the message id. It keeps one list for the whole stream, so the message that it
    /// means may be a stranger's, on another subject.
    async fn inspect_duplicate(
        &self,
        commit: &NewCommit,
        sequence: u64,
    ) -> Result<Appended, LogError> {
        let found = self.commit_at(sequence).await?;
        let Some(found) = found else {
            return Err(LogError::MessageIdTaken {
                sequence,
                subject: "a deleted message".to_owned(),
            });
        };
        let subject = self
            .inner
            .subjects
            .of(&found.aggregate_type, &found.aggregate_id)
            .unwrap_or_default();
        if subject != commit.subject || found.command_id != commit.command_id {
            warn!(sequence, subject = %commit.subject, "the message id of a commit is taken by sequence {sequence}");
            return Err(LogError::MessageIdTaken { sequence, subject });
        }
        let as_sent = found.fingerprint == commit.fingerprint;
        Ok(if as_sent && sequence > commit.expected {
            Appended::Stored(sequence)
        } else {
            Appended::SeenBefore
        })
    }
}

pub(crate) fn read_error(error: PublishError) -> Verdict {
    let kind = error.kind();
    let Some(refusal) = error
        .source()
        .and_then(|source| source.downcast_ref::<async_nats::jetstream::Error>())
    else {
        return match kind {
            PublishErrorKind::MaxPayloadExceeded => Verdict::Failed(AppendError::TooLarge),
            // No server listens on the subject: the stream has no leader or does not exist.
            PublishErrorKind::StreamNotFound | PublishErrorKind::MaxAckPending => {
                Verdict::Later(LogError::client(DOING, error))
            }
            PublishErrorKind::TimedOut => Verdict::Unknown(LogError::TimedOut { doing: DOING }),
            PublishErrorKind::BrokenPipe
            | PublishErrorKind::Other
            | PublishErrorKind::WrongLastMessageId
            | PublishErrorKind::WrongLastSequence => {
                Verdict::Unknown(LogError::client(DOING, error))
            }
        };
    };
    let full = refusal.to_string().contains("maximum");
    let told = LogError::refused(DOING, refusal);
    match refusal.error_code().0 {
        10071 => Verdict::Conflict,
        // 10158: the same message id is being stored at this moment.
        10164 | 10158 => Verdict::Unsure,
        10077 if full => Verdict::Failed(AppendError::Full),
        10047 => Verdict::Failed(AppendError::Full),
        10054 | 10097 => Verdict::Failed(AppendError::TooLarge),
        // The store failed half-way.
        10077 => Verdict::Unknown(told),
        _ if told.is_passing() || refusal.code() >= 500 || refusal.code() == 429 => {
            Verdict::Later(told)
        }
        _ => Verdict::Failed(AppendError::NotStored(told)),
    }
}
