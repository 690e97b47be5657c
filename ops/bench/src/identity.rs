//! What a sign-in costs: sign-ins a second against the password's hash alone and against Better Auth, what a session adds to a request
//! with a configured token, and how long others wait while somebody guesses passwords as fast as they can.

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use argon2::{Argon2, PasswordHasher};
use clap::Args;
use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::free_port;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::Mutex,
    time::timeout,
};
use uuid::Uuid;

use crate::{
    closed_loop::{Round, Rounds, closed_loop},
    http::{Connection, request, request_with},
    report::{Report, Row, Wanted},
    stand::{Drape, Settings, Stand, TOKEN, WHOLE},
};

const PASSWORD: &str = "seven grey herons wade home";
/// People who sign in, each at most once: nobody is to be slowed down for guessing.
const PEOPLE: usize = 20_000;

/// `ops/bench/identity`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How often everything is measured, in turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Without Better Auth, which `ops/bench/install-peers --node` installs.
    #[arg(long)]
    without_peer: bool,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("identity");
    let stand = Stand::start(1).await?;
    let settings = Settings {
        archive: false,
        ..WHOLE
    };
    let drape = stand.drape("IDENTITY", &settings).await?;
    let time = Duration::from_secs(options.seconds);
    // So many that none of them waits for a database while a processor has nothing to hash.
    let at_once = 4 * std::thread::available_parallelism()?.get();
    let people = People::enter(&drape).await?;
    let token = guest(&drape).await?;
    let mut peer = None;
    if !options.without_peer {
        peer = Some(Peer::start(stand.postgres.fresh_database().await?).await?);
    }
    let mut found = Found::default();
    for _ in 0..options.rounds {
        let hashing = closed_loop(at_once, time, |_| hash());
        found.alone.add(hashing.await?);
        let signing_in = people.sign_in(&drape, at_once, time);
        found.signed_in.add(signing_in.await?);
        let as_whom = |token: &str, path: &str| {
            let request = request_with(token, "GET", path, &[], "");
            read(&drape.address, request)
        };
        let configured = ask(as_whom(TOKEN, "/v1/wardrobe"), time);
        found.configured.add(configured.await?);
        let session = ask(as_whom(&token, "/v1/wardrobe"), time);
        found.session.add(session.await?);
        found.me.add(ask(as_whom(&token, "/v1/me"), time).await?);
        if let Some(peer) = &peer {
            found.peer_signed_in.add(peer.sign_in(at_once, time).await?);
            found.peer_session.add(ask(peer.session(), time).await?);
        }
        found.quiet.add(ask(browse(&drape), time).await?);
        let guessing = guess(&drape, time);
        let (browsing, guessing) = tokio::join!(ask(browse(&drape), time), guessing);
        found.disturbed.add(browsing?);
        found.guesses.add(guessing?);
    }
    found.tell(&mut report, at_once, peer.is_some());
    report.end()
}

/// What was measured.
#[derive(Default)]
struct Found {
    alone: Rounds,
    signed_in: Rounds,
    peer_signed_in: Rounds,
    configured: Rounds,
    session: Rounds,
    me: Rounds,
    peer_session: Rounds,
    quiet: Rounds,
    disturbed: Rounds,
    guesses: Rounds,
}

impl Found {
    fn tell(&self, report: &mut Report, at_once: usize, with_peer: bool) {
        let ratio = self.signed_in.per_second() / self.alone.per_second();
        report.goal("sign-ins, to argon2id alone", Wanted::AtLeast(0.9), ratio);
        let added = (self.session.p50_ms() - self.configured.p50_ms()) * 1_000.0;
        report.goal(
            "what a session adds to a request, p50 in µs",
            Wanted::AtMost(100.0),
            added,
        );
        let waits = self.disturbed.p99_ms() / self.quiet.p99_ms();
        report.goal(
            "p99 of a visitor while somebody guesses, to before",
            Wanted::AtMost(1.2),
            waits,
        );
        let mut signing_in = vec![
            row("argon2id alone (m=19456,t=2,p=1)", &self.alone),
            row("POST /v1/sign-in", &self.signed_in),
        ];
        let mut sessions = vec![
            row("GET /v1/wardrobe, configured token", &self.configured),
            row("GET /v1/wardrobe, session", &self.session),
            row("GET /v1/me, session", &self.me),
        ];
        if with_peer {
            let ratio = self.signed_in.per_second() / self.peer_signed_in.per_second();
            report.goal("sign-ins, to Better Auth", Wanted::AtLeast(1.0), ratio);
            let ratio = self.me.p99_ms() / self.peer_session.p99_ms();
            let what = "p99 of a session check, to Better Auth";
            report.goal(what, Wanted::AtMost(1.0), ratio);
            signing_in.push(row("Better Auth", &self.peer_signed_in));
            sessions.push(row("Better Auth, get-session", &self.peer_session));
        }
        report.table(format!("Sign-ins, {at_once} at once"), signing_in);
        report.table("Session checks, one connection", sessions);
        report.table(
            "GET /v1/search, one connection",
            vec![
                row("alone", &self.quiet),
                row("while somebody guesses", &self.disturbed),
                row("the guesses, eight at once from one network", &self.guesses),
            ],
        );
    }
}

fn row(what: &str, rounds: &Rounds) -> Row {
    vec![
        ("what", json!(what)),
        ("per second", json!(rounds.per_second().round())),
        ("p50 ms", json!(rounds.p50_ms())),
        ("p99 ms", json!(rounds.p99_ms())),
    ]
}

/// One hash at the cost of the default, as the server makes it.
async fn hash() -> anyhow::Result<()> {
    let hashing = tokio::task::spawn_blocking(|| {
        let hash = Argon2::default().hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]);
        hash.map(|hash| hash.to_string())
    });
    let hash = hashing.await?.map_err(|error| anyhow::anyhow!("{error}"))?;
    anyhow::ensure!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    Ok(())
}

/// People with one password, each with an address of their own.
struct People(Arc<AtomicUsize>);

impl People {
    /// Writes them down as signing up would have.
    async fn enter(drape: &Drape) -> anyhow::Result<Self> {
        let hash = Argon2::default().hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]);
        let hash = hash
            .map_err(|error| anyhow::anyhow!("{error}"))?
            .to_string();
        let pool = PgPool::connect(&drape.database).await?;
        sqlx::query(
            "INSERT INTO identity.person (account, email, email_key, password, roles)
             SELECT gen_random_uuid(), address, address, $1, '{shopper}'
             FROM (SELECT 'person-' || n || '@shop.example' AS address FROM generate_series(0, $2) AS n) AS addresses",
        )
        .bind(hash)
        .bind(i32::try_from(PEOPLE)?)
        .execute(&pool)
        .await?;
        pool.close().await;
        Ok(Self(Arc::default()))
    }

    async fn sign_in(
        &self,
        drape: &Drape,
        at_once: usize,
        time: Duration,
    ) -> anyhow::Result<Round> {
        sign_in(&drape.address, "/v1/sign-in", &self.0, at_once, time).await
    }
}

/// The next people sign in, so many at once.
async fn sign_in(
    address: &str,
    path: &'static str,
    next: &Arc<AtomicUsize>,
    at_once: usize,
    time: Duration,
) -> anyhow::Result<Round> {
    let connections = connections(address, at_once).await?;
    let next = Arc::clone(next);
    closed_loop(at_once, time, move |number| {
        let (connections, next) = (Arc::clone(&connections), Arc::clone(&next));
        async move {
            let person = next.fetch_add(1, Ordering::Relaxed);
            anyhow::ensure!(person < PEOPLE, "all have signed in");
            let body =
                json!({ "email": format!("person-{person}@shop.example"), "password": PASSWORD });
            // Each from a network of their own, as a proxy tells.
            let from = format!("10.{}.{}.1", person / 256, person % 256);
            let headers = [("x-forwarded-for", from.as_str())];
            let request = request_with("", "POST", path, &headers, &body.to_string());
            let connection = connections.get(number).context("no connection")?;
            connection.lock().await.send(&request).await?.expect(200)?;
            Ok(())
        }
    })
    .await
}

async fn connections(address: &str, count: usize) -> anyhow::Result<Arc<Vec<Mutex<Connection>>>> {
    let mut connections = vec![];
    for _ in 0..count {
        connections.push(Mutex::new(Connection::open(address).await?));
    }
    Ok(Arc::new(connections))
}

/// A guest's session.
async fn guest(drape: &Drape) -> anyhow::Result<String> {
    let mut connection = Connection::open(&drape.address).await?;
    let body = json!({ "deliver": "token" }).to_string();
    let request = request("POST", "/v1/guests", &[], &body);
    let answer = connection.send(&request).await?.expect(200)?;
    let body: Value = serde_json::from_slice(&answer.body)?;
    let token = body["token"].as_str().context("no token")?;
    Uuid::try_parse(body["account"].as_str().unwrap_or_default())?;
    Ok(token.to_owned())
}

/// A request, over and over.
struct Question {
    address: String,
    request: String,
}

fn read(address: &str, request: String) -> Question {
    Question {
        address: address.to_owned(),
        request,
    }
}

/// A visitor who looks around.
fn browse(drape: &Drape) -> Question {
    let from = [("x-forwarded-for", "192.0.2.7")];
    let request = request_with("", "GET", "/v1/search?q=shirt", &from, "");
    read(&drape.address, request)
}

/// Asks over one connection.
async fn ask(question: Question, time: Duration) -> anyhow::Result<Round> {
    let connection = Connection::open(&question.address).await?;
    let connection = Arc::new(Mutex::new(connection));
    let request: Arc<str> = question.request.into();
    closed_loop(1, time, move |_| {
        let (connection, request) = (Arc::clone(&connection), Arc::clone(&request));
        async move {
            connection.lock().await.send(&request).await?.expect(200)?;
            Ok(())
        }
    })
    .await
}

/// Somebody who guesses a password over eight connections, and is mostly told to wait.
async fn guess(drape: &Drape, time: Duration) -> anyhow::Result<Round> {
    let connections = connections(&drape.address, 8).await?;
    let body = json!({ "email": "person-0@shop.example", "password": "twelve blue foxes swim" });
    let from = [("x-forwarded-for", "198.51.100.9")];
    let request: Arc<str> =
        request_with("", "POST", "/v1/sign-in", &from, &body.to_string()).into();
    closed_loop(8, time, move |number| {
        let (connections, request) = (Arc::clone(&connections), Arc::clone(&request));
        async move {
            let connection = connections.get(number).context("no connection")?;
            let answer = connection.lock().await.send(&request).await?;
            let refused = [401, 429, 503].contains(&answer.status);
            anyhow::ensure!(refused, "a guess was answered with {}", answer.status);
            Ok(())
        }
    })
    .await
}

/// Better Auth in a process of its own, with the same people; gone when dropped.
struct Peer {
    _child: Child,
    address: String,
    /// The cookie of a session.
    cookie: String,
    next: Arc<AtomicUsize>,
}

impl Peer {
    async fn start(database: String) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut child = Command::new("node")
            .arg("ops/bench/peers/node/better-auth.mjs")
            .args([port.to_string(), PEOPLE.to_string()])
            .env("DATABASE_URL", database)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("there is no node")?;
        let said = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(said).lines();
        let ready = timeout(Duration::from_mins(1), lines.next_line()).await??;
        let cookie = ready
            .as_deref()
            .and_then(|line| line.strip_prefix("ready "));
        let cookie =
            cookie.context("Better Auth does not start: ops/bench/install-peers --node")?;
        Ok(Self {
            cookie: cookie.to_owned(),
            address: format!("127.0.0.1:{port}"),
            next: Arc::default(),
            _child: child,
        })
    }

    fn session(&self) -> Question {
        let cookie = [("cookie", self.cookie.as_str())];
        let request = request_with("", "GET", "/api/auth/get-session", &cookie, "");
        read(&self.address, request)
    }

    async fn sign_in(&self, at_once: usize, time: Duration) -> anyhow::Result<Round> {
        sign_in(
            &self.address,
            "/api/auth/sign-in/email",
            &self.next,
            at_once,
            time,
        )
        .await
    }
}
