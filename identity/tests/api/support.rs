//! A whole sign-in on private servers, whose mail goes into a folder, and a client that speaks to it.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::{Extension, Router, body::Body};
use blob_store::{BlobStore, S3Options};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use http_kit::{
    AnswersInMemory, ClientNetwork, CursorKeys, FirstAnswers, StaticTokens, authenticate_with,
    replay_first_answers, with_fallbacks,
};
use identity::{Identity, IdentityOptions, MailOptions, MasterKeys, Post, SubjectKeys};
use jetstream_es::{EventLog, EventLogConfig, SubjectFilter};
use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::{NatsServer, Postgres, eventually};
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

/// A configured admin.
pub(crate) const ADMIN: &str = "Bearer root";

/// Long, and not easily guessed.
pub(crate) const PASSWORD: &str = "seven grey herons wade home";

pub(crate) struct App {
    router: Router,
    pub(crate) pool: PgPool,
    pub(crate) log: EventLog,
    pub(crate) blobs: BlobStore,
    pub(crate) blob_folder: Arc<tempfile::TempDir>,
    mails: Arc<tempfile::TempDir>,
    stop: CancellationToken,
    pub(crate) nats: Arc<NatsServer>,
    postgres: Arc<Postgres>,
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(&self, status: u16, code: &str) {
        let found = self.body["code"].as_str().unwrap_or_default();
        assert_eq!((self.status.as_u16(), found), (status, code), "{self:?}");
    }

    /// The token that was delivered in the answer, as a header says it.
    #[track_caller]
    pub(crate) fn bearer(&self) -> String {
        let token = self.body["token"].as_str();
        format!("Bearer {}", token.unwrap_or_else(|| panic!("{self:?}")))
    }
}

/// A mail that arrived.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) text: String,
}

impl Mail {
    /// Eight digits after `code is `.
    pub(crate) fn code(&self) -> String {
        let start = self.text.split("code is ").nth(1).unwrap();
        start.chars().take(9).collect()
    }

    /// What stands behind the `#`.
    pub(crate) fn link(&self) -> String {
        let start = self.text.split('#').nth(1).unwrap();
        start.chars().take(32).collect()
    }
}

fn options(mails: &tempfile::TempDir) -> IdentityOptions {
    let root = "root:admin:01900000-0000-7000-8000-000000000004";
    IdentityOptions {
        tokens: StaticTokens::parse(root).unwrap(),
        cost: "m=64,t=1,p=1".parse().unwrap(),
        // Tests change the database behind its back.
        recognised_for: Duration::ZERO,
        cursor_keys: CursorKeys::new([b"a secret of the tests".to_vec()]),
        mail: MailOptions {
            post: Post::Folder(mails.path().to_owned()),
            ..MailOptions::default()
        },
        ..IdentityOptions::default()
    }
}

fn router(identity: Identity) -> Router {
    let answers = AnswersInMemory::new(std::num::NonZeroUsize::new(100).unwrap());
    let (router, _) = identity::router(identity.clone()).split_for_parts();
    replay_first_answers(with_fallbacks(router), FirstAnswers::new(answers))
        .layer(authenticate_with(Arc::new(identity)))
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(set: impl FnOnce(&mut IdentityOptions)) -> Self {
        let (nats, postgres) = tokio::join!(NatsServer::start(), Postgres::shared());
        let (nats, postgres) = (nats.unwrap(), postgres.unwrap());
        let mut config = EventLogConfig::new("TEST_EVENTS", "test.events");
        config.max_bytes = 64 << 20;
        config.monitor_url = Some(nats.monitor_url());
        let log = EventLog::open(nats.client().await.unwrap(), config)
            .await
            .unwrap();
        let pool = PgPool::connect(&postgres.fresh_database().await.unwrap())
            .await
            .unwrap();
        identity::migrate(&pool).await.unwrap();
        let mails = Arc::new(tempfile::tempdir().unwrap());
        let mut options = options(&mails);
        set(&mut options);
        let blob_folder = Arc::new(tempfile::tempdir().unwrap());
        let url = format!("file://{}", blob_folder.path().display());
        let keys = SubjectKeys::new(pool.clone(), options.master_keys.clone());
        let blobs = BlobStore::open(&url, &S3Options::default()).unwrap();
        let blobs = blobs.with_keys(Arc::new(keys));
        let identity = Identity::new(log.clone(), pool.clone(), blobs.clone(), options).unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(identity.clone().run(stop.clone()));
        Self {
            router: router(identity),
            pool,
            log,
            blobs,
            blob_folder,
            mails,
            stop,
            nats: Arc::new(nats),
            postgres,
        }
    }

    /// Another gateway on the same servers.
    pub(crate) fn beside(&self) -> Self {
        let (pool, log, blobs) = (self.pool.clone(), self.log.clone(), self.blobs.clone());
        let options = options(&self.mails);
        let identity = Identity::new(log.clone(), pool.clone(), blobs.clone(), options).unwrap();
        Self {
            router: router(identity),
            pool,
            log,
            blobs,
            blob_folder: Arc::clone(&self.blob_folder),
            mails: Arc::clone(&self.mails),
            stop: CancellationToken::new(),
            nats: Arc::clone(&self.nats),
            postgres: Arc::clone(&self.postgres),
        }
    }

    /// Nothing goes on behind the endpoints any more.
    pub(crate) fn die(&self) {
        self.stop.cancel();
    }

    /// Sends a request from a network, with these headers.
    pub(crate) async fn send_from(
        &self,
        network: u8,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let network = IpAddr::from(Ipv4Addr::new(203, 0, network, 7));
        let app = self
            .router
            .clone()
            .layer(Extension(ClientNetwork::of(network)));
        let response = app.oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// Sends a request with a token, which may be empty.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        bearer: &str,
        body: Option<Value>,
    ) -> Answer {
        let headers: &[_] = match bearer {
            "" => &[],
            bearer => &[("authorization", bearer)],
        };
        self.send_from(113, method, path, headers, body).await
    }

    pub(crate) async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.send("GET", path, bearer, None).await
    }

    pub(crate) async fn post(&self, path: &str, bearer: &str, body: Value) -> Answer {
        self.send("POST", path, bearer, Some(body)).await
    }

    /// The mails so far, when there are so many; the order is that of their arrival.
    pub(crate) async fn mails(&self, count: usize) -> Vec<Mail> {
        let read = || {
            let mut found: Vec<_> = std::fs::read_dir(self.mails.path())
                .unwrap()
                .map(|entry| entry.unwrap())
                .filter(|entry| entry.path().extension().is_some_and(|end| end == "eml"))
                .map(|entry| {
                    let time = entry.metadata().unwrap().modified().unwrap();
                    (time, std::fs::read_to_string(entry.path()).unwrap())
                })
                .collect();
            found.sort();
            found
        };
        eventually("the mails arrive", || {
            let there = (read().len() >= count).then_some(());
            async move { there }
        })
        .await;
        // And they are noted as sent.
        eventually("no mail is waiting", || async {
            let waiting = "SELECT count(*) FROM identity.challenge WHERE mailed_at IS NULL";
            let waiting: i64 = sqlx::query_scalar(waiting)
                .fetch_one(&self.pool)
                .await
                .ok()?;
            (waiting == 0).then_some(())
        })
        .await;
        let mails = read();
        assert_eq!(mails.len(), count, "{mails:?}");
        mails.into_iter().map(|(_, text)| Mail { text }).collect()
    }

    /// Somebody who has signed up, as the so-manieth of this app; answers their session's token.
    pub(crate) async fn sign_up(&self, email: &str, nth: usize) -> String {
        let asked = json!({ "email": email, "password": PASSWORD });
        self.post("/v1/sign-up", "", asked).await.is(202, "");
        let mail = self.mails(nth).await.pop().unwrap();
        let confirmed = json!({ "token": mail.link(), "deliver": "token" });
        let answer = self.post("/v1/sign-up/confirm", "", confirmed).await;
        answer.is(200, "");
        answer.bearer()
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password, "deliver": "token" });
        self.post("/v1/sign-in", "", body).await
    }

    /// Everything that happened to an account.
    pub(crate) async fn events_of(&self, account: &str) -> Vec<String> {
        let filter = SubjectFilter::aggregate("identity.account", account);
        let page = self.log.read(0, &filter, 100).await.unwrap();
        let events = page.commits.into_iter().flat_map(|commit| commit.events);
        events.map(|event| event.event_type).collect()
    }

    /// Where the event log's files lie.
    pub(crate) fn nats_store(&self) -> PathBuf {
        self.nats.store_directory()
    }

    /// The next process with other master keys: it runs as long as the guard lives.
    pub(crate) fn restarted_with(&self, master_keys: MasterKeys) -> (DropGuard, BlobStore) {
        let keys = SubjectKeys::new(self.pool.clone(), master_keys.clone());
        let blobs = self.blobs.clone().with_keys(Arc::new(keys));
        let options = IdentityOptions {
            master_keys,
            ..IdentityOptions::default()
        };
        let identity =
            Identity::new(self.log.clone(), self.pool.clone(), blobs.clone(), options).unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(identity.run(stop.clone()));
        (stop.drop_guard(), blobs)
    }

    /// Nobody waits a quarter of an hour for a test.
    pub(crate) async fn let_pass(&self, table: &str, minutes: u32) {
        let column = if table == "session" {
            "seen_at"
        } else {
            "expires_at"
        };
        let statement =
            format!("UPDATE identity.{table} SET {column} = {column} - make_interval(mins => $1)");
        let minutes = i32::try_from(minutes).unwrap();
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(minutes)
            .execute(&self.pool)
            .await
            .unwrap();
    }
}
