//! The whole read side: a log, a database, a projector, and the endpoints in front.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use blob_store::{BlobStore, S3Options};
use cqrs_es::Aggregate;
use domain::{
    catalog::garment::{AddGarment, AttachPicture, Garment, GarmentDetails, PublishGarment},
    shared::{Currency, Money, PictureId},
};
use futures::StreamExt;
use http_body_util::BodyExt;
use http_kit::{Caller, Role, StaticTokens, authenticate_with};
use jetstream_es::{CommandContext, EventLog, EventLogConfig, Executor, Position};
use projector::{Projector, ProjectorOptions};
use query_api::{LinkKeys, QueryApi, QueryApiOptions};
use sqlx::{PgPool, postgres::PgPoolOptions};
use testkit::{NatsServer, Postgres};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) const ANNA: Uuid = Uuid::from_u128(0xa);
pub(crate) const BERT: Uuid = Uuid::from_u128(0xb);

pub(crate) struct System {
    _nats: NatsServer,
    pub(crate) client: async_nats::Client,
    pub(crate) log: EventLog,
    pub(crate) blobs: BlobStore,
    pub(crate) shutdown: CancellationToken,
    pub(crate) api: QueryApi,
    pub(crate) router: Router,
    _postgres: Arc<Postgres>,
    _directory: tempfile::TempDir,
}

impl System {
    pub(crate) async fn start() -> Self {
        let options = QueryApiOptions {
            link_keys: LinkKeys::of_this_process(*b"a secret of a test"),
            popularity_interval: Duration::from_millis(50),
            ..QueryApiOptions::default()
        };
        Self::start_with(ProjectorOptions::default(), options).await
    }

    pub(crate) async fn start_with(projecting: ProjectorOptions, options: QueryApiOptions) -> Self {
        let postgres = Postgres::shared().await.unwrap();
        let url = postgres.fresh_database().await.unwrap();
        let readers = query_api::read_pool(&url, 8).unwrap();
        Self::start_on((postgres, &url), readers, projecting, options).await
    }

    /// On this database, read over these connections.
    pub(crate) async fn start_on(
        (postgres, url): (Arc<Postgres>, &str),
        readers: PgPool,
        projecting: ProjectorOptions,
        options: QueryApiOptions,
    ) -> Self {
        let nats = NatsServer::start().await.unwrap();
        let client = nats.client().await.unwrap();
        let mut config = EventLogConfig::new("DRAPE_EVENTS", "drape.events");
        config.monitor_url = Some(nats.monitor_url());
        let log = EventLog::open(client.clone(), config).await.unwrap();
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .connect(url)
            .await
            .unwrap();
        projector::migrate(&pool).await.unwrap();
        let shutdown = CancellationToken::new();
        let projector = Projector::new(log.clone(), pool, projecting);
        tokio::spawn(projector.run(shutdown.clone()));
        let directory = tempfile::tempdir().unwrap();
        let blobs = BlobStore::open(
            &format!("file://{}", directory.path().display()),
            &S3Options::default(),
        )
        .unwrap();
        let api = QueryApi::new(
            readers,
            log.clone(),
            blobs.clone(),
            client.clone(),
            options,
            query_api::event_schemas().unwrap(),
            shutdown.clone(),
        );
        let caller = |role, account: Uuid| Caller::new(role, account.to_string());
        let tokens = StaticTokens::new([
            ("anna".to_owned(), caller(Role::Shopper, ANNA)),
            ("bert".to_owned(), caller(Role::Shopper, BERT)),
            (
                "mo".to_owned(),
                caller(Role::Merchandiser, Uuid::from_u128(0xc)),
            ),
            (
                "ada".to_owned(),
                caller(Role::Analyst, Uuid::from_u128(0xe)),
            ),
            ("root".to_owned(), caller(Role::Admin, Uuid::from_u128(0xd))),
        ]);
        let (router, _) = query_api::router(api.clone()).split_for_parts();
        let router = router.layer(authenticate_with(Arc::new(tokens)));
        Self {
            _nats: nats,
            client,
            log,
            blobs,
            shutdown,
            api,
            router,
            _postgres: postgres,
            _directory: directory,
        }
    }

    pub(crate) async fn execute<A>(
        &self,
        id: Uuid,
        key: &str,
        command: impl Into<A::Command>,
    ) -> Position
    where
        A: Aggregate<Services = ()> + Clone + Sync + 'static,
        A::Command: Clone + Send + Sync,
        A::Event: Send + Sync,
        A::Error: Send + Sync + 'static,
    {
        let executor = Executor::<A>::new(self.log.clone(), ());
        let context = CommandContext::new(format!("{id}-{key}"));
        let outcome = executor
            .execute(&id.to_string(), command.into(), context)
            .await
            .unwrap();
        outcome.position.unwrap()
    }

    pub(crate) async fn draft(&self, id: Uuid) -> Position {
        let add = AddGarment {
            details: GarmentDetails::sample(),
            price: Money {
                minor: 4_990,
                currency: Currency::EUR,
            },
        };
        self.execute::<Garment>(id, "add", add).await
    }

    pub(crate) async fn publish(&self, id: Uuid) -> Position {
        self.draft(id).await;
        let picture = PictureId::new(Uuid::from_u128(7));
        self.execute::<Garment>(id, "attach", AttachPicture { picture })
            .await;
        self.execute::<Garment>(id, "publish", PublishGarment {})
            .await
    }

    pub(crate) async fn get(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        let response = self.open(path, headers).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, body.to_vec())
    }

    pub(crate) async fn json<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> T {
        let (status, _, body) = self.get(path, headers).await;
        let text = String::from_utf8(body).unwrap();
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    pub(crate) async fn open(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> axum::response::Response {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn stream(&self, path: &str, headers: &[(&str, &str)]) -> Stream {
        let response = self.open(path, headers).await;
        assert_eq!(response.status(), StatusCode::OK);
        let mut stream = Stream {
            body: StreamExt::boxed(response.into_body().into_data_stream()),
            text: String::new(),
        };
        // Connected: what happens from now on is told.
        stream.frame().await.unwrap();
        stream
    }
}

/// A message as a client has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) data: String,
}

impl Message {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

pub(crate) struct Stream {
    body: futures::stream::BoxStream<'static, Result<bytes::Bytes, axum::Error>>,
    text: String,
}

impl Stream {
    async fn frame(&mut self) -> Option<String> {
        let limit = Duration::from_secs(20);
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(frame);
            }
            let chunk = tokio::time::timeout(limit, self.body.next())
                .await
                .expect("a stream is silent");
            self.text
                .push_str(std::str::from_utf8(&chunk?.unwrap()).unwrap());
        }
    }

    /// The next message; none when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            let frame = self.frame().await?;
            let mut message = Message::default();
            for line in frame.lines() {
                match line.split_once(": ") {
                    Some(("id", id)) => id.clone_into(&mut message.id),
                    Some(("event", event)) => event.clone_into(&mut message.event),
                    Some(("data", data)) => message.data.push_str(data),
                    Some(_) | None => {}
                }
            }
            if !message.data.is_empty() {
                return Some(message);
            }
        }
    }
}
