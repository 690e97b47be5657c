//! The start-up gate.

use std::time::Duration;

use async_nats::jetstream;
use jetstream_es::{EventLog, EventLogConfig, OpenError};
use testkit::{NatsServer, NatsServerOptions};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::account::{AccountCommand, STREAM, command, config, executor, log_on, new_log};

#[tokio::test]
async fn the_stream_is_made_once_and_keeps_its_epoch() {
    let server = NatsServer::start().await.unwrap();
    let (one, two) = tokio::join!(log_on(&server), log_on(&server));
    assert_eq!(one.epoch(), two.epoch());
    executor(&one)
        .execute("a", AccountCommand::Add(1), command("1"))
        .await
        .unwrap();
    let three = log_on(&server).await;
    assert_eq!(three.epoch(), one.epoch());
    assert_eq!(three.last_sequence().await.unwrap(), 1);
}

#[tokio::test]
async fn an_existing_stream_with_other_settings_is_refused_and_left_alone() {
    let server = NatsServer::start().await.unwrap();
    let client = server.client().await.unwrap();
    let context = jetstream::new(client.clone());
    let foreign = jetstream::stream::Config {
        name: STREAM.to_owned(),
        subjects: vec!["test.events.>".to_owned()],
        max_age: Duration::from_mins(1),
        ..Default::default()
    };
    context.create_stream(foreign).await.unwrap();
    let before = context
        .get_stream(STREAM)
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();

    let refused = EventLog::open(client, config(&server)).await;

    let Err(OpenError::OtherSettings { differences, .. }) = refused else {
        panic!("{refused:?}")
    };
    let settings: Vec<&str> = differences
        .iter()
        .map(|difference| difference.setting)
        .collect();
    for setting in [
        "discard",
        "max_bytes",
        "max_age",
        "allow_direct",
        "deny_purge",
        "metadata es.epoch",
    ] {
        assert!(settings.contains(&setting), "{setting} in {settings:?}");
    }
    assert_eq!(
        context
            .get_stream(STREAM)
            .await
            .unwrap()
            .cached_info()
            .config,
        before
    );
}

#[tokio::test]
async fn a_server_that_syncs_lazily_is_refused_unless_told_otherwise() {
    let lazy = NatsServerOptions {
        sync_always: false,
        ..NatsServerOptions::default()
    };
    let server = NatsServer::start_with(lazy).await.unwrap();
    let client = server.client().await.unwrap();
    let refused = EventLog::open(client.clone(), config(&server)).await;
    assert!(
        matches!(refused, Err(OpenError::UnsafeSync { .. })),
        "{refused:?}"
    );
    let blind = EventLogConfig {
        monitor_url: None,
        ..config(&server)
    };
    let refused = EventLog::open(client.clone(), blind.clone()).await;
    assert!(
        matches!(refused, Err(OpenError::UnsafeSync { .. })),
        "{refused:?}"
    );
    let wrong = EventLogConfig {
        monitor_url: Some(server.url().replace("nats", "http")),
        ..config(&server)
    };
    let refused = EventLog::open(client.clone(), wrong).await;
    assert!(
        matches!(refused, Err(OpenError::Monitor { .. })),
        "{refused:?}"
    );
    let told = EventLogConfig {
        allow_unsafe_sync: true,
        ..blind
    };
    EventLog::open(client, told).await.unwrap();
}

#[tokio::test]
async fn names_that_cannot_be_subjects_are_refused() {
    let (server, _log) = new_log().await;
    for (stream, prefix) in [
        ("", "p"),
        ("A.B", "p"),
        ("A", ""),
        ("A", "p.*"),
        ("A", "p..q"),
        ("A", "p >"),
    ] {
        let config = EventLogConfig {
            allow_unsafe_sync: true,
            ..EventLogConfig::new(stream, prefix)
        };
        let refused = EventLog::open(server.client().await.unwrap(), config).await;
        assert!(
            matches!(refused, Err(OpenError::InvalidConfig(_))),
            "{stream} {prefix}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn an_old_server_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let info = r#"{"server_id":"old","version":"2.9.10","go":"go1","host":"127.0.0.1","port":1,"headers":true,"max_payload":1048576,"proto":1,"jetstream":true}"#;
        socket
            .write_all(format!("INFO {info}\r\n").as_bytes())
            .await
            .unwrap();
        let (reader, mut writer) = socket.split();
        let mut lines = BufReader::new(reader).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if line.starts_with("PING") {
                writer.write_all(b"PONG\r\n").await.unwrap();
            }
        }
    });
    let client = jetstream_es::connect(&url, "test").await.unwrap();
    let refused = EventLog::open(client, EventLogConfig::new("A", "p")).await;
    assert!(
        matches!(refused, Err(OpenError::ServerTooOld { .. })),
        "{refused:?}"
    );
}
