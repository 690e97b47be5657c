//! What the clients of a run share, and how one request is carried to its end.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use e2e::{Answer, Client};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::history::{History, Phase};

/// Tells the clients when to stop.
#[derive(Debug, Clone, Default)]
pub struct Control {
    enough: Arc<AtomicBool>,
}

impl Control {
    /// Begin nothing new.
    pub fn stop(&self) {
        self.enough.store(true, Ordering::SeqCst);
    }

    /// Whether nothing new is to begin.
    pub fn is_over(&self) -> bool {
        self.enough.load(Ordering::SeqCst)
    }
}

/// One command, to be repeated until its outcome is known.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) kind: &'a str,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    /// `Idempotency-Key`.
    pub(crate) key: &'a str,
    /// `X-Request-Id`, which the log keeps: the operation's name in the history.
    pub(crate) operation: &'a str,
    pub(crate) body: &'a Value,
    pub(crate) about: Option<String>,
}

/// What all clients of a run share.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Where everything is noted.
    pub history: History,
    /// When to stop.
    pub control: Control,
    garments: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    /// A stage without garments.
    pub fn new(history: History) -> Self {
        Self {
            history,
            control: Control::default(),
            garments: Arc::default(),
        }
    }

    /// Garments that were acknowledged, for others to change.
    pub(crate) fn garments(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.garments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the command and repeats it under its key until it is acknowledged or refused; gives up (unknown) two minutes
    /// after the first try.
    pub(crate) async fn carry_out(&self, client: &Client, request: &Request<'_>) -> Option<Answer> {
        let deadline = tokio::time::Instant::now() + Duration::from_mins(2);
        let note = |phase, known, detail: String| {
            self.history
                .note(request.operation, request.kind, phase, known, detail);
        };
        let about = || (request.about.clone(), None);
        while tokio::time::Instant::now() < deadline {
            note(Phase::Invoke, about(), String::new());
            let sent = client.command(
                request.method.clone(),
                request.path,
                (request.key, request.operation),
                request.body,
            );
            let pause = match sent.await {
                Ok(answer) if answer.status.is_success() => {
                    let id = answer.id().ok().or_else(|| request.about.clone());
                    note(
                        Phase::Ok,
                        (id, sequence(&answer)),
                        answer.status.to_string(),
                    );
                    return Some(answer);
                }
                Ok(answer) if is_final(&answer) => {
                    let code = answer.body["code"].as_str().unwrap_or_default();
                    note(Phase::Fail, about(), format!("{} {code}", answer.status));
                    return None;
                }
                Ok(answer) => {
                    let code = answer.body["code"].as_str().unwrap_or_default();
                    let status = answer.status.as_u16();
                    note(Phase::Unknown, about(), format!("{status} {code}"));
                    Duration::from_millis(100)
                }
                Err(error) => {
                    note(Phase::Unknown, about(), format!("{error:#}"));
                    Duration::from_millis(50)
                }
            };
            tokio::time::sleep(pause).await;
        }
        None
    }
}

/// Whether a refusal is for good. One that says when to come again is not; one by a log that is full promises that nothing
/// was stored.
fn is_final(answer: &Answer) -> bool {
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    if answer.status == StatusCode::INSUFFICIENT_STORAGE {
        return true;
    }
    answer.status.is_client_error()
        && !passing.contains(&answer.status)
        && answer.retry_after.is_none()
}

fn sequence(answer: &Answer) -> Option<u64> {
    let (_, sequence) = answer.position.as_deref()?.rsplit_once('-')?;
    sequence.parse().ok()
}
