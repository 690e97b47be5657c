//! Keeps first answers beside the event log, where every gateway finds them.

use std::time::Duration;

use async_nats::{
    Client,
    jetstream::{
        self,
        context::CreateStreamError,
        stream::{Config, DiscardPolicy, PersistenceMode, StorageType},
    },
};
use bytes::Bytes;
use futures::future::BoxFuture;
use http_kit::{ANSWER_LIFETIME, AnswerStore, AnswersUnavailable, KeptAnswer};
use jetstream_es::EventLogConfig;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The oldest answers give way when the stream is as large as this.
const STREAM_BYTES: i64 = 256 << 20;

/// One message for each answer, in a stream of their own that forgets them after a day.
///
/// An answer need not survive a power cut: the log knows that its command was carried out.
#[derive(Debug)]
pub(crate) struct JetStreamAnswers {
    client: Client,
    context: jetstream::Context,
    stream: String,
    prefix: String,
    replicas: usize,
    made: OnceCell<()>,
}

impl JetStreamAnswers {
    /// Beside this log; asks nothing yet.
    pub(crate) fn beside(log: &EventLogConfig, client: Client) -> Self {
        let mut context = jetstream::new(client.clone());
        context.set_timeout(Duration::from_secs(1));
        Self {
            client,
            context,
            stream: format!("{}_ANSWERS", log.stream),
            prefix: format!("answers.{}", log.subject_prefix),
            replicas: log.replicas,
            made: OnceCell::new(),
        }
    }

    fn subject(&self, command: Uuid) -> String {
        format!("{}.{command}", self.prefix)
    }

    async fn make(&self) -> Result<(), CreateStreamError> {
        let config = Config {
            name: self.stream.clone(),
            description: Some("First answers to requests with an Idempotency-Key.".to_owned()),
            subjects: vec![format!("{}.*", self.prefix)],
            storage: StorageType::File,
            discard: DiscardPolicy::Old,
            max_messages_per_subject: 1,
            max_age: ANSWER_LIFETIME,
            max_bytes: STREAM_BYTES,
            num_replicas: self.replicas,
            allow_direct: true,
            persist_mode: (self.replicas == 1).then_some(PersistenceMode::Async),
            ..Config::default()
        };
        self.context.get_or_create_stream(config).await.map(drop)
    }

    async fn find(&self, command: Uuid) -> Result<Option<KeptAnswer>, AnswersUnavailable> {
        self.made
            .get_or_try_init(|| self.make())
            .await
            .map_err(unavailable)?;
        let api = format!(
            "$JS.API.DIRECT.GET.{}.{}",
            self.stream,
            self.subject(command)
        );
        let reply = self
            .client
            .request(api, Bytes::new())
            .await
            .map_err(unavailable)?;
        match reply.status.map(|status| status.as_u16()) {
            None => serde_json::from_slice(&reply.payload)
                .map(Some)
                .map_err(unavailable),
            Some(404) => Ok(None),
            Some(status) => Err(unavailable(format!("status {status}"))),
        }
    }

    async fn store(&self, command: Uuid, body: Vec<u8>) -> Result<(), AnswersUnavailable> {
        self.made
            .get_or_try_init(|| self.make())
            .await
            .map_err(unavailable)?;
        let sent = self
            .context
            .publish(self.subject(command), body.into())
            .await;
        sent.map_err(unavailable)?.await.map_err(unavailable)?;
        Ok(())
    }
}

fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AnswersUnavailable {
    AnswersUnavailable(error.into())
}

impl AnswerStore for JetStreamAnswers {
    fn get(&self, command: Uuid) -> BoxFuture<'_, Result<Option<KeptAnswer>, AnswersUnavailable>> {
        Box::pin(self.find(command))
    }

    fn put(
        &self,
        command: Uuid,
        answer: &KeptAnswer,
    ) -> BoxFuture<'_, Result<(), AnswersUnavailable>> {
        let body = serde_json::to_vec(answer).map_err(unavailable);
        Box::pin(async move { self.store(command, body?).await })
    }
}
