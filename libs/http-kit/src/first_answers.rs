//! `Idempotency-Key`: the first answer to a request is kept and given again (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! The answers are a convenience: when they are lost, the command's id in the log still sees to it that nothing is done
//! twice, and its request's hash that no other request passes for it.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, HttpBody, to_bytes},
    extract::{FromRequestParts, Request},
    response::{IntoResponse, Response},
    routing::Route,
};
use futures::future::{BoxFuture, Either};
use http::{HeaderName, HeaderValue, StatusCode, header::RETRY_AFTER, request::Parts};
use lru::LruCache;
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::task::TaskTracker;
use tracing::warn;
use uuid::Uuid;

use crate::{
    BODY_PATIENCE, CommandKey, Problem, SharedBody, around,
    command_key::key_of,
    proceed,
    request_hash::RequestHash,
    under_way::{Commands, Entered, UnderWay},
};

/// How long an answer is kept.
pub const ANSWER_LIFETIME: Duration = Duration::from_hours(24);

/// Says of an answer that it was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Longer answers are not kept; no command gives one.
const LONGEST_ANSWER_BYTES: usize = 64 << 10;
/// More than any endpoint takes.
const LONGEST_REQUEST_BYTES: usize = 48 << 20;
/// What a handler may leave of a body that it has no use for.
const LONGEST_REST_BYTES: usize = 64 << 10;
/// A slow store is done without.
const STORE_PATIENCE: Duration = Duration::from_secs(1);
/// Answers on their way to the store; the next one waits before it is given.
const KEPT_AT_ONCE: usize = 1_024;

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// Of the request that it answered.
    pub request_hash: String,
    /// The status.
    pub status: u16,
    /// The headers that the endpoint set.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Why answers cannot be read or kept at the moment.
#[derive(Debug, thiserror::Error)]
#[error("the kept answers are out of reach")]
pub struct AnswersUnavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Keeps answers by their command's id for [`ANSWER_LIFETIME`].
pub trait AnswerStore: Send + Sync + 'static {
    /// The answer to this command, if it is kept.
    fn get(&self, command: Uuid) -> BoxFuture<'_, Result<Option<KeptAnswer>, AnswersUnavailable>>;

    /// Keeps the answer to this command.
    fn put(
        &self,
        command: Uuid,
        answer: &KeptAnswer,
    ) -> BoxFuture<'_, Result<(), AnswersUnavailable>>;
}

/// What [`replay_first_answers`] knows. Cheap to clone.
#[derive(Clone)]
pub struct FirstAnswers {
    store: Arc<dyn AnswerStore>,
    commands: Commands,
    /// Answers on their way to the store.
    keeping: TaskTracker,
    room: Arc<Semaphore>,
}

impl FirstAnswers {
    /// Answers are kept there.
    pub fn new(store: impl AnswerStore) -> Self {
        Self {
            store: Arc::new(store),
            commands: Commands::default(),
            keeping: TaskTracker::new(),
            room: Arc::new(Semaphore::new(KEPT_AT_ONCE)),
        }
    }

    /// Waits until every answer that was given is kept.
    pub async fn settle(&self) {
        self.keeping.close();
        self.keeping.wait().await;
    }

    async fn kept(&self, command: Uuid) -> Option<KeptAnswer> {
        match timeout(STORE_PATIENCE, self.store.get(command)).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(error)) => {
                warn!(error = ?error, "{error}");
                None
            }
            Err(_) => None,
        }
    }

    /// Gives the answer to whoever asks again from now on, and keeps it while the client reads it.
    async fn keep(&self, under_way: UnderWay, answer: KeptAnswer) {
        let answer = Arc::new(answer);
        under_way.answered(Arc::clone(&answer));
        let Ok(room) = Arc::clone(&self.room).acquire_owned().await else {
            return;
        };
        let store = Arc::clone(&self.store);
        self.keeping.spawn(async move {
            let keeping = store.put(under_way.command(), &answer);
            match timeout(STORE_PATIENCE, keeping).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => warn!(error = ?error, "{error}"),
                Err(_) => warn!("an answer was not kept in time"),
            }
            drop((under_way, room));
        });
    }
}

impl std::fmt::Debug for FirstAnswers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FirstAnswers")
    }
}

/// Gives the first answer again to a request that comes again with its `Idempotency-Key`. Answers 409 while the first is under way in
/// this process, 422 to another request with the same key, 400 to what is no key. Goes inside of [`crate::authenticate_with`].
pub fn replay_first_answers(router: Router, answers: FirstAnswers) -> Router {
    around(router, move |route, request| {
        if request.method().is_safe() {
            Either::Left(proceed(route, request))
        } else {
            Either::Right(replay(answers.clone(), route, request))
        }
    })
}

async fn replay(answers: FirstAnswers, route: Route, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(problem) = key_of(&parts.headers) {
        return problem.into_response();
    }
    let Some(command) = keyed_command(&mut parts).await else {
        return proceed(route, Request::from_parts(parts, body)).await;
    };
    let hash = RequestHash::of(&parts);
    let (under_way, kept) = match answers.commands.enter(command) {
        Entered::First(under_way) => (Some(under_way), answers.kept(command).await),
        Entered::Answered(answer) => (None, Some(answer.as_ref().clone())),
        Entered::Again => (None, None),
    };
    if let Some(kept) = kept {
        return match timeout(BODY_PATIENCE, hash.read(body, LONGEST_REQUEST_BYTES)).await {
            Err(_) => Problem::body_too_slow().into_response(),
            Ok(Err(problem)) => problem.into_response(),
            Ok(Ok(())) if kept.request_hash == hash.so_far() => again(kept),
            Ok(Ok(())) => Problem::idempotency_key_reused().into_response(),
        };
    }
    let Some(under_way) = under_way else {
        return in_flight().into_response();
    };
    parts.extensions.insert(hash.clone());
    let shared = SharedBody::new(hash.reading(body));
    let request = Request::from_parts(parts, Body::new(shared.clone()));
    let response = proceed(route, request).await;
    if !is_final(&response) {
        return response;
    }
    // The hash is of the whole request, also where the endpoint had no use for its body.
    let rest = to_bytes(Body::new(shared), LONGEST_REST_BYTES);
    if !matches!(timeout(STORE_PATIENCE, rest).await, Ok(Ok(_))) {
        return response;
    }
    keep(&answers, under_way, hash.so_far(), response).await
}

/// The command of a request with a key. What is wrong with it, the endpoint will say.
async fn keyed_command(parts: &mut Parts) -> Option<Uuid> {
    let key = CommandKey::from_request_parts(parts, &()).await.ok()?;
    key.is_repeatable().then(|| key.id())
}

/// In a response's extensions: it holds a secret that is told once and is not kept.
#[derive(Debug, Clone, Copy)]
pub struct ToldOnce;

/// Whether the request was carried out or decided against. What was faulty, not allowed, or may work later, is not kept; nor
/// is what nobody may keep, such as a secret that is told once.
fn is_final(response: &Response) -> bool {
    if response.extensions().get::<ToldOnce>().is_some() {
        return false;
    }
    let decided = response.status().is_success()
        || matches!(
            response.status(),
            StatusCode::NOT_FOUND
                | StatusCode::CONFLICT
                | StatusCode::GONE
                | StatusCode::PRECONDITION_FAILED
        );
    decided && !response.headers().contains_key(RETRY_AFTER)
}

async fn keep(
    answers: &FirstAnswers,
    under_way: UnderWay,
    request_hash: String,
    response: Response,
) -> Response {
    let small = response.body().size_hint().upper();
    if small.is_none_or(|bytes| bytes > LONGEST_ANSWER_BYTES as u64) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_ANSWER_BYTES).await else {
        return Problem::internal().into_response();
    };
    let headers = parts.headers.iter();
    let answer = KeptAnswer {
        request_hash,
        status: parts.status.as_u16(),
        headers: headers
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    // A picture, say, is nothing to keep.
    if answer.body.as_bytes() == body {
        answers.keep(under_way, answer).await;
    }
    Response::from_parts(parts, Body::from(body))
}

fn again(kept: KeptAnswer) -> Response {
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = StatusCode::from_u16(kept.status).unwrap_or_default();
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn in_flight() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "request-in-flight",
        "The same request is under way",
    )
    .detail("A request with this Idempotency-Key has not been answered yet.")
    .retry_after(1)
}

/// Keeps the newest answers in the memory of this process.
#[derive(Debug)]
pub struct AnswersInMemory(Mutex<LruCache<Uuid, (Instant, KeptAnswer)>>);

impl AnswersInMemory {
    /// At most so many.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(capacity)))
    }
}

impl AnswerStore for AnswersInMemory {
    fn get(&self, command: Uuid) -> BoxFuture<'_, Result<Option<KeptAnswer>, AnswersUnavailable>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = kept
            .get(&command)
            .filter(|(since, _)| since.elapsed() < ANSWER_LIFETIME)
            .map(|(_, answer)| answer.clone());
        Box::pin(std::future::ready(Ok(answer)))
    }

    fn put(
        &self,
        command: Uuid,
        answer: &KeptAnswer,
    ) -> BoxFuture<'_, Result<(), AnswersUnavailable>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(command, (Instant::now(), answer.clone()));
        Box::pin(std::future::ready(Ok(())))
    }
}
