//! What a sign-in costs: sign-ins a second against the password's hash alone, and what a session adds to a request with a
//! configured token.

use std::{
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
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::{
    closed_loop::{Rounds, closed_loop},
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
    let cores = std::thread::available_parallelism()?.get();
    let people = People::enter(&drape).await?;
    let token = guest(&drape).await?;
    let (mut alone, mut signed_in) = (Rounds::default(), Rounds::default());
    let (mut configured, mut session) = (Rounds::default(), Rounds::default());
    for _ in 0..options.rounds {
        alone.add(closed_loop(cores, time, |_| hash()).await?);
        signed_in.add(people.sign_in(&drape, cores, time).await?);
        configured.add(ask(&drape, TOKEN, time).await?);
        session.add(ask(&drape, &token, time).await?);
    }
    let ratio = signed_in.per_second() / alone.per_second();
    report.goal("sign-ins, to argon2id alone", Wanted::AtLeast(0.9), ratio);
    let added = (session.p50_ms() - configured.p50_ms()) * 1_000.0;
    report.goal(
        "what a session adds to a request, p50 in µs",
        Wanted::AtMost(100.0),
        added,
    );
    report.table(
        format!("Sign-ins, {cores} at once"),
        vec![
            row("argon2id alone (m=19456,t=2,p=1)", &alone),
            row("POST /v1/sign-in", &signed_in),
        ],
    );
    report.table(
        "GET /v1/wardrobe, one connection",
        vec![
            row("configured token", &configured),
            row("session", &session),
        ],
    );
    report.end()
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
    ) -> anyhow::Result<crate::closed_loop::Round> {
        let connections = connections(drape, at_once).await?;
        let next = Arc::clone(&self.0);
        closed_loop(at_once, time, move |number| {
            let (connections, next) = (Arc::clone(&connections), Arc::clone(&next));
            async move {
                let person = next.fetch_add(1, Ordering::Relaxed);
                anyhow::ensure!(person < PEOPLE, "all have signed in");
                let body = json!({
                    "email": format!("person-{person}@shop.example"), "password": PASSWORD, "deliver": "token",
                });
                // Each from a network of their own, as a proxy tells.
                let address = format!("10.{}.{}.1", person / 256, person % 256);
                let headers = [("x-forwarded-for", address.as_str())];
                let request = request_with("", "POST", "/v1/sign-in", &headers, &body.to_string());
                let connection = connections.get(number).context("no connection")?;
                connection.lock().await.send(&request).await?.expect(200)?;
                Ok(())
            }
        })
        .await
    }
}

async fn connections(drape: &Drape, count: usize) -> anyhow::Result<Arc<Vec<Mutex<Connection>>>> {
    let mut connections = vec![];
    for _ in 0..count {
        connections.push(Mutex::new(Connection::open(&drape.address).await?));
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

/// Reads what belongs to whoever has the token, over and over.
async fn ask(
    drape: &Drape,
    token: &str,
    time: Duration,
) -> anyhow::Result<crate::closed_loop::Round> {
    let connections = connections(drape, 1).await?;
    let request = request_with(token, "GET", "/v1/wardrobe", &[], "");
    closed_loop(1, time, move |_| {
        let (connections, request) = (Arc::clone(&connections), request.clone());
        async move {
            let connection = connections.first().context("no connection")?;
            connection.lock().await.send(&request).await?.expect(200)?;
            Ok(())
        }
    })
    .await
}
