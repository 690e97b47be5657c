//! The ways that a command of ours can take.

use std::sync::Arc;

use anyhow::Context as _;
use async_nats::{
    HeaderMap,
    jetstream::{
        self,
        stream::{Config, StorageType},
    },
};
use bytes::Bytes;
use domain::catalog::garment::{AddGarment, Garment, GarmentEvent};
use jetstream_es::{CommandContext, Executor};
use serde_json::json;
use tokio::sync::{Mutex, RwLock};

use crate::{
    http::{Connection, request},
    seed,
    stand::{Drape, Stand, fresh_id},
};

/// What everything is held against: a publish of as many bytes, acknowledged when it is on as many disks.
pub(super) const RAW: &str = "raw publish";
pub(super) const IN_PROCESS: &str = "in process";
/// `drape serve --roles command-api` and nothing else.
pub(super) const HTTP: &str = "HTTP";
/// A request to the same process that is refused for its body: what HTTP costs by itself.
pub(super) const HTTP_REFUSED: &str = "HTTP, refused";
/// As `ops/up` runs it: views, archive and first answers are kept meanwhile.
pub(super) const HTTP_WHOLE: &str = "HTTP, keys, whole system";

/// How a command is carried out.
pub(super) enum Way {
    Raw(Box<jetstream::Context>, Bytes),
    InProcess(Box<Executor<Garment>>, Box<AddGarment>),
    Http(HttpWriters),
}

/// A connection for each writer.
pub(super) struct HttpWriters {
    pub(super) drape: Arc<Drape>,
    asks: Asks,
    connections: RwLock<Vec<Mutex<Connection>>>,
}

/// What is asked for over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// A command, of a process that does nothing else.
    Alone,
    /// A command with `Idempotency-Key`, while everything runs.
    Whole,
    /// What no command comes of.
    Nothing,
}

impl HttpWriters {
    pub(super) fn keeps_views(&self) -> bool {
        self.asks == Asks::Whole
    }
}

impl Way {
    pub(super) async fn raw(stand: &Stand) -> anyhow::Result<Self> {
        let context = jetstream::new(stand.client().await?);
        let config = Config {
            name: "RAW".to_owned(),
            subjects: vec!["raw.>".to_owned()],
            storage: StorageType::File,
            num_replicas: stand.replicas(),
            max_bytes: 2 << 30,
            ..Config::default()
        };
        context.create_stream(config).await?;
        // As many bytes as the commit of the same command has.
        let seed = seed::example("GarmentAdded")?;
        let body = "x".repeat(seed.len() + 90);
        Ok(Self::Raw(Box::new(context), body.into()))
    }

    pub(super) async fn in_process(stand: &Stand) -> anyhow::Result<Self> {
        let log = stand.log("IN_PROCESS").await?;
        let example = serde_json::from_str(&seed::example("GarmentAdded")?)?;
        let GarmentEvent::GarmentAdded { details, price } = example else {
            anyhow::bail!("the example is another event");
        };
        let executor = Box::new(Executor::new(log, ()));
        Ok(Self::InProcess(
            executor,
            Box::new(AddGarment { details, price }),
        ))
    }

    pub(super) fn http(drape: Arc<Drape>, asks: Asks) -> Self {
        Self::Http(HttpWriters {
            drape,
            asks,
            connections: RwLock::default(),
        })
    }

    /// A connection for each writer, if they need any. One that was idle for long may have been closed: they are made anew.
    pub(super) async fn connect(&self, writers: usize) -> anyhow::Result<()> {
        if let Self::Http(of) = self {
            let mut connections = vec![];
            for _ in 0..writers {
                connections.push(Mutex::new(Connection::open(&of.drape.address).await?));
            }
            *of.connections.write().await = connections;
        }
        Ok(())
    }

    /// One command for an aggregate that did not exist.
    pub(super) async fn command(&self, writer: usize) -> anyhow::Result<()> {
        let id = fresh_id();
        match self {
            Self::Raw(context, body) => {
                let subject = format!("raw.{id}");
                let sent = context.publish_with_headers(subject, HeaderMap::new(), body.clone());
                sent.await?.await?;
            }
            Self::InProcess(executor, add) => {
                let context = CommandContext::new(format!("add-{id}"))
                    .with_actor("merchandiser:00000000-0000-7000-8000-000000000001")
                    .with_correlation_id(format!("request-{id}"));
                let command = AddGarment::clone(add);
                executor
                    .execute(&id.to_string(), command.into(), context)
                    .await?;
            }
            Self::Http(writers) => {
                let (body, status) = match writers.asks {
                    Asks::Alone | Asks::Whole => (e2e::garment(&id.to_string(), "tops"), 201),
                    Asks::Nothing => (json!({ "name": id.to_string() }), 422),
                };
                let body = body.to_string();
                let key = id.to_string();
                let headers = [("idempotency-key", &*key)];
                let keyed = writers.asks == Asks::Whole;
                let headers = if keyed { &headers[..] } else { &[] };
                let request = request("POST", "/v1/garments", headers, &body);
                let connections = writers.connections.read().await;
                let connection = connections.get(writer).context("too many writers")?;
                connection
                    .lock()
                    .await
                    .send(&request)
                    .await?
                    .expect(status)?;
            }
        }
        Ok(())
    }
}
