//! `/livez` and `/readyz`.

use std::{
    fmt::Write as _,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use blob_store::BlobStore;
use http::StatusCode;
use serde::Serialize;
use sqlx::PgPool;

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the checks ask, once the process has started.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) nats: async_nats::Client,
    pub(crate) pool: PgPool,
    pub(crate) blobs: BlobStore,
    /// Only where the projector runs.
    pub(crate) views: Option<projector::Health>,
}

#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a process")]
enum Phase {
    Starting(String),
    Running(Running),
}

/// How far the process is. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Readiness(Arc<RwLock<Phase>>);

impl Readiness {
    pub(crate) fn new() -> Self {
        let phase = Phase::Starting("it has just begun".to_owned());
        Self(Arc::new(RwLock::new(phase)))
    }

    /// What the start waits for.
    pub(crate) fn waits_for(&self, reason: String) {
        self.set(Phase::Starting(reason));
    }

    /// The roles run.
    pub(crate) fn runs(&self, running: Running) {
        self.set(Phase::Running(running));
    }

    fn set(&self, phase: Phase) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    fn phase(&self) -> Phase {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// One thing that must be well.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
}

impl Check {
    fn new(name: &'static str, result: Result<String, String>) -> Self {
        let ok = result.is_ok();
        let (Ok(detail) | Err(detail)) = result;
        Self { name, ok, detail }
    }
}

/// The addresses for whoever runs the process. They are not part of the API's document.
pub(crate) fn own_addresses(readiness: Readiness) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .with_state(readiness)
}

async fn readyz(State(readiness): State<Readiness>) -> Response {
    let checks = match readiness.phase() {
        Phase::Starting(reason) => vec![Check::new("start", Err(reason))],
        Phase::Running(running) => checks(&running).await,
    };
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let word = if ready { "ready" } else { "not-ready" };
    let body = Json(serde_json::json!({ "status": word, "checks": checks }));
    (status, [("cache-control", "no-store")], body).into_response()
}

async fn checks(running: &Running) -> Vec<Check> {
    let nats = match running.nats.connection_state() {
        async_nats::connection::State::Connected => Ok("connected".to_owned()),
        other @ (async_nats::connection::State::Pending
        | async_nats::connection::State::Disconnected) => Err(other.to_string()),
    };
    let (database, blobs) = tokio::join!(
        in_time(async {
            let one = sqlx::query("SELECT 1").execute(&running.pool).await;
            one.map(drop).map_err(|error| error.to_string())
        }),
        in_time(async {
            let ping = running.blobs.ping().await;
            ping.map_err(|error| telemetry::chain(&error).to_string())
        }),
    );
    let mut checks = vec![
        Check::new("event-log", nats),
        Check::new("database", database),
        Check::new("blobs", blobs),
    ];
    if let Some(health) = &running.views {
        let views = match health.halted() {
            Some((view, error)) => Err(format!("{view}: {}", telemetry::chain(&*error))),
            None => Ok(views_in_words(&health.views())),
        };
        checks.push(Check::new("views", views));
    }
    checks
}

/// How many follow the log, and which of them go on without something that they could not apply.
fn views_in_words(views: &[projector::ViewHealth]) -> String {
    let mut text = format!("{} follow the log", views.len());
    for view in views.iter().filter(|view| view.parked > 0) {
        // Writing to a string cannot fail.
        let _ = write!(text, "; {} has {} dead letters", view.view, view.parked);
    }
    text
}

async fn in_time(check: impl Future<Output = Result<(), String>>) -> Result<String, String> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(result) => result.map(|()| "answers".to_owned()),
        Err(_) => Err("no answer in time".to_owned()),
    }
}
