//! The servers come up, survive a crash with their data, and leave nothing behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Stdio};

use sqlx::{Connection, PgConnection, Row};
use testkit::{NatsServer, Postgres, eventually};

#[tokio::test]
async fn nats_keeps_an_acknowledged_message_over_a_crash() {
    let mut nats = NatsServer::start().await.unwrap();
    let client = nats.client().await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let config = async_nats::jetstream::stream::Config {
        name: "S".into(),
        subjects: vec!["s".into()],
        ..Default::default()
    };
    jetstream.create_stream(config).await.unwrap();
    jetstream
        .publish("s", "kept".into())
        .await
        .unwrap()
        .await
        .unwrap();

    nats.kill9().unwrap();
    nats.restart().await.unwrap();

    let kept = eventually("the stream after the restart", || async {
        jetstream.get_stream("S").await.ok()
    })
    .await;
    assert_eq!(kept.get_raw_message(1).await.unwrap().payload, "kept");
}

#[tokio::test]
async fn postgres_gives_fresh_databases_and_survives_a_crash() {
    let mut postgres = Postgres::start().await.unwrap();
    let (one, two) = (
        postgres.fresh_database().await.unwrap(),
        postgres.fresh_database().await.unwrap(),
    );
    assert_ne!(one, two);
    let mut connection = PgConnection::connect(&one).await.unwrap();
    sqlx::query("CREATE TABLE kept AS SELECT 7 AS number")
        .execute(&mut connection)
        .await
        .unwrap();

    postgres.kill9().unwrap();
    postgres.restart().await.unwrap();

    let mut connection = PgConnection::connect(&one).await.unwrap();
    let row = sqlx::query("SELECT number FROM kept")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<i32, _>(0), 7);
}

#[tokio::test]
async fn the_shared_postgres_is_one_server() {
    let (one, two) = (
        Postgres::shared().await.unwrap(),
        Postgres::shared().await.unwrap(),
    );
    assert_eq!(one.url(), two.url());
}

/// Runs only as the child of the next test: starts both servers, says where, and waits to be killed.
#[tokio::test]
#[ignore = "the child process of another test"]
async fn child_that_starts_servers_and_waits() {
    let nats = NatsServer::start().await.unwrap();
    let postgres = Postgres::start().await.unwrap();
    println!("\nports {} {}", nats.port(), postgres.url());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn servers_end_when_their_test_is_killed() {
    use std::io::BufRead;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "child_that_starts_servers_and_waits",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    let line = output
        .lines()
        .map(Result::unwrap)
        .find(|line| line.starts_with("ports "))
        .unwrap();
    let ports: Vec<u16> = line.split(' ').skip(1).map(port_of).collect();
    assert!(ports.iter().all(|port| listens(*port)));

    child.kill().unwrap();
    child.wait().unwrap();

    for port in ports {
        eventually("the server's port to be closed", || async {
            (!listens(port)).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn nothing_is_left_behind() {
    let nats = NatsServer::start().await.unwrap();
    let port = nats.port();
    let directory = tail_directory(port);
    assert!(Path::new(&directory).exists());
    drop(nats);
    assert!(!Path::new(&directory).exists());
    assert!(!listens(port));
}

fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn port_of(text: &str) -> u16 {
    let after_host = text.rsplit(':').next().unwrap();
    after_host.split('/').next().unwrap().parse().unwrap()
}

/// The temporary directory whose configuration names this port.
fn tail_directory(port: u16) -> String {
    std::fs::read_dir(std::env::temp_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            std::fs::read_to_string(path.join("nats.conf"))
                .is_ok_and(|config| config.contains(&format!("\nport: {port}\n")))
        })
        .map(|path| path.display().to_string())
        .unwrap()
}
