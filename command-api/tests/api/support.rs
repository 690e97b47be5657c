//! A whole command side on a private nats-server and a directory, and a client that speaks to it.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose servers do not start fails loudly"
)]

use std::{num::NonZeroUsize, sync::Arc};

use axum::{Router, body::Body};
use blob_store::{BlobStore, S3Options};
use bytes::Bytes;
use command_api::{
    Checking, CommandApi, Finding, FindingSubject, FittingRoom, Imports, PhotoPolicy, SpoolOptions,
    TryOnLimit, router,
};
use domain::shared::{Category, PolicyVersion};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use http_kit::{
    AnswersInMemory, FirstAnswers, StaticTokens, authenticate_with, replay_first_answers,
    with_fallbacks,
};
use jetstream_es::{Commit, EventLog, EventLogConfig, SubjectFilter};
use serde_json::{Value, json};
use testkit::NatsServer;
use tower::ServiceExt;

pub(crate) const SHOPPER: &str = "shopper";
pub(crate) const OTHER_SHOPPER: &str = "other";
pub(crate) const MERCHANDISER: &str = "merchandiser";
pub(crate) const ADMIN: &str = "admin";

const TOKENS: &str = "shopper:shopper:01900000-0000-7000-8000-000000000001,\
     other:shopper:01900000-0000-7000-8000-000000000002,\
     merchandiser:merchandiser:01900000-0000-7000-8000-000000000003,\
     admin:admin:01900000-0000-7000-8000-000000000004";

pub(crate) struct App {
    router: Router,
    pub(crate) log: EventLog,
    pub(crate) openapi: Value,
    pub(crate) store: BlobStore,
    pub(crate) imports: Imports,
    _nats: NatsServer,
    blobs: tempfile::TempDir,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    pub(crate) fn id(&self) -> String {
        assert!(self.status.is_success(), "{self:?}");
        self.body["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.code()),
            (status, code),
            "{self:?}"
        );
    }
}

/// Where catalogues lie until they are imported.
fn spool(beside: &tempfile::TempDir) -> Imports {
    Imports::open(SpoolOptions {
        folder: Some(beside.path().join("imports")),
        max_file_bytes: 64 << 10,
        max_waiting: 2,
        ..SpoolOptions::default()
    })
}

/// What people agree to in these tests.
fn policy() -> PhotoPolicy {
    PhotoPolicy::new(PolicyVersion::parse("1").unwrap())
}

/// In place of the engine: finds that a photo shows nobody if it is of one colour with this much red.
struct Mirror;

/// See [`Mirror`].
pub(crate) const NOBODY_THERE: u8 = 9;

impl FittingRoom for Mirror {
    fn check(&self, person: Bytes, garment: Bytes, _category: Category) -> Checking<'_> {
        let [person, _garment] = [person, garment].map(|bytes| imaging::decode(&bytes).unwrap());
        let shows_nobody = person.pixels().first() == Some(&NOBODY_THERE);
        let finding = Finding {
            code: "no-person".to_owned(),
            subject: FindingSubject::Person,
            detail: "Use a photo of one person.".to_owned(),
        };
        let findings = shows_nobody.then_some(finding).into_iter().collect();
        Box::pin(async move { Ok(findings) })
    }
}

/// The endpoints in what surrounds them, and their document.
fn served(
    log: &EventLog,
    store: &BlobStore,
    imports: Imports,
    limit: Option<TryOnLimit>,
) -> (Router, Value) {
    let mut commands = CommandApi::new(log.clone(), store.clone(), policy())
        .with_imports(imports)
        .with_fitting_room(Arc::new(Mirror));
    if let Some(limit) = limit {
        commands = commands.with_try_on_limit(limit);
    }
    let (router, openapi) = router(commands).split_for_parts();
    let answers = AnswersInMemory::new(NonZeroUsize::new(100).unwrap());
    let tokens = StaticTokens::parse(TOKENS).unwrap();
    let router = replay_first_answers(with_fallbacks(router), FirstAnswers::new(answers))
        .layer(authenticate_with(Arc::new(tokens)));
    (router, serde_json::to_value(openapi).unwrap())
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(None).await
    }

    pub(crate) async fn start_with(limit: Option<TryOnLimit>) -> Self {
        let nats = NatsServer::start().await.unwrap();
        let client = nats.client().await.unwrap();
        let mut config = EventLogConfig::new("TEST_EVENTS", "test.events");
        config.max_bytes = 64 << 20;
        config.monitor_url = Some(nats.monitor_url());
        let log = EventLog::open(client, config).await.unwrap();
        let blobs = tempfile::tempdir().unwrap();
        let store = BlobStore::open(
            &format!("file://{}", blobs.path().display()),
            &S3Options::default(),
        )
        .unwrap();
        let imports = spool(&blobs);
        let (router, openapi) = served(&log, &store, imports.clone(), limit);
        Self {
            router,
            log,
            openapi,
            store,
            imports,
            _nats: nats,
            blobs,
        }
    }

    /// The next process: on the same log and blobs, with nothing in its memory.
    pub(crate) fn restarted(self) -> Self {
        let imports = spool(&self.blobs);
        let (router, _) = served(&self.log, &self.store, imports.clone(), None);
        Self {
            router,
            imports,
            ..self
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// The whole of what a stream told until it ended.
    pub(crate) async fn stream(&self, token: &str, path: &str) -> String {
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    pub(crate) async fn call(
        &self,
        token: &str,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        self.call_at(token, (method, path), Some("*"), key, body)
            .await
    }

    /// A call that is meant for what `If-Match` says.
    pub(crate) async fn call_at(
        &self,
        token: &str,
        (method, path): (&str, &str),
        meant: Option<&str>,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(meant) = meant {
            request = request.header("if-match", meant);
        }
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = match body {
            Some(json) => {
                request = request.header("content-type", "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.call(token, "POST", path, None, Some(body)).await
    }

    pub(crate) async fn put(&self, token: &str, path: &str, body: Value) -> Answer {
        self.call(token, "PUT", path, None, Some(body)).await
    }

    /// Uploads bytes as they are.
    pub(crate) async fn upload(
        &self,
        token: &str,
        purpose: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> Answer {
        let consent = match purpose {
            "person" => "&consent=1&subject=myself",
            _ => "",
        };
        let request = Request::post(format!("/v1/pictures?purpose={purpose}{consent}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "image/png")
            .header("idempotency-key", key)
            .body(Body::from(bytes))
            .unwrap();
        self.send(request).await
    }

    /// All commits so far.
    pub(crate) async fn commits(&self) -> Vec<Commit> {
        let page = self
            .log
            .read(0, &SubjectFilter::all(), 10_000)
            .await
            .unwrap();
        page.commits
    }

    /// A garment on sale.
    pub(crate) async fn published(&self) -> String {
        let id = self.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
        let picture = self
            .upload(MERCHANDISER, "catalogue", &id, png(96, 128, 90))
            .await
            .id();
        let body = json!({ "picture": picture });
        self.put(MERCHANDISER, &format!("/v1/garments/{id}/picture"), body)
            .await
            .id();
        let path = format!("/v1/garments/{id}/publish");
        self.call(MERCHANDISER, "POST", &path, None, None)
            .await
            .id();
        id
    }
}

pub(crate) fn shirt() -> Value {
    json!({
        "name": "Linen shirt",
        "slug": "linen-shirt",
        "category": "tops",
        "colour": { "name": "Sand", "hex": "#D8C9A8" },
        "sizes": ["S", "M", "L"],
        "description": "Washed linen, cut straight.",
        "price": { "minor": 4990, "currency": "EUR" },
    })
}

pub(crate) fn price(minor: u32) -> Value {
    json!({ "price": { "minor": minor, "currency": "EUR" } })
}

/// A grey picture.
pub(crate) fn png(width_px: u32, height_px: u32, grey: u8) -> Vec<u8> {
    let pixels = vec![grey; (width_px * height_px * 3) as usize];
    let picture = imaging::Picture::from_rgb(width_px, height_px, pixels).unwrap();
    imaging::encode_png(&picture).unwrap()
}
