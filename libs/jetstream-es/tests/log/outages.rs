//! Crashes and full disks: an acknowledged commit is kept, none is stored twice.

use std::time::Duration;

use jetstream_es::{EventLog, EventLogConfig, ExecuteError, SubjectFilter};
use testkit::{NatsServer, eventually};

use crate::account::{AccountCommand, command, config, executor, new_log, patient};

#[tokio::test]
async fn a_command_given_while_the_server_is_dead_is_held_and_stored_once() {
    let (mut server, log) = new_log().await;
    let held = patient(&log, Duration::from_secs(30));
    held.execute("a", AccountCommand::Add(1), command("1"))
        .await
        .unwrap();
    server.kill9().unwrap();
    let task = tokio::spawn({
        let held = held.clone();
        async move {
            held.execute("a", AccountCommand::Add(2), command("2"))
                .await
        }
    });
    server.restart().await.unwrap();
    let outcome = task.await.unwrap().unwrap();
    assert_eq!((outcome.version, outcome.written), (2, true));
    assert_eq!(log.last_sequence().await.unwrap(), 2);
}

#[tokio::test]
async fn a_command_that_gave_up_is_stored_once_when_repeated() {
    let (mut server, log) = new_log().await;
    let hasty = patient(&log, Duration::from_millis(300));
    hasty
        .execute("a", AccountCommand::Add(1), command("1"))
        .await
        .unwrap();
    server.kill9().unwrap();
    // The connection may not have noticed yet, so the commit may be on its way: a zombie.
    let given_up = hasty
        .execute("a", AccountCommand::Add(2), command("2"))
        .await;
    assert!(
        matches!(
            given_up,
            Err(ExecuteError::Unavailable(_) | ExecuteError::OutcomeUnknown(_))
        ),
        "{given_up:?}"
    );
    server.restart().await.unwrap();
    let again = eventually("the command to succeed", || async {
        hasty
            .execute("a", AccountCommand::Add(2), command("2"))
            .await
            .ok()
    })
    .await;
    assert_eq!(again.version, 2);
    executor(&log)
        .execute("a", AccountCommand::Add(3), command("3"))
        .await
        .unwrap();
    assert_eq!(executor(&log).load("a").await.unwrap().aggregate.balance, 6);
    assert_eq!(log.last_sequence().await.unwrap(), 3);
}

#[tokio::test]
async fn a_frozen_server_leaves_the_outcome_unknown_and_a_repeat_finds_it() {
    let (server, log) = new_log().await;
    let hasty = patient(&log, Duration::from_secs(4));
    hasty
        .execute("a", AccountCommand::Add(1), command("1"))
        .await
        .unwrap();
    server.pause();
    let unknown = hasty
        .execute("a", AccountCommand::Add(2), command("2"))
        .await;
    server.resume();
    assert!(
        matches!(unknown, Err(ExecuteError::OutcomeUnknown(_))),
        "{unknown:?}"
    );
    let again = eventually("the command to succeed", || async {
        hasty
            .execute("a", AccountCommand::Add(2), command("2"))
            .await
            .ok()
    })
    .await;
    assert_eq!(again.version, 2);
    executor(&log)
        .execute("a", AccountCommand::Add(3), command("3"))
        .await
        .unwrap();
    assert_eq!(log.last_sequence().await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_or_doubled_over_crashes_under_load() {
    let (mut server, log) = new_log().await;
    let held = patient(&log, Duration::from_secs(30));
    let mut writers = Vec::new();
    for writer in 0..8_i64 {
        let held = held.clone();
        writers.push(tokio::spawn(async move {
            for number in 0..60_i64 {
                let id = format!("acc-{}", (writer + number) % 3);
                let context = command(format!("{writer}-{number}"));
                while let Err(error) = held
                    .execute(&id, AccountCommand::Add(1), context.clone())
                    .await
                {
                    assert!(
                        matches!(
                            error,
                            ExecuteError::Conflict | ExecuteError::OutcomeUnknown(_)
                        ),
                        "{error:?}"
                    );
                }
            }
        }));
    }
    for stored in [60, 200] {
        eventually("some commits", || async {
            (log.last_sequence().await.ok()? >= stored).then_some(())
        })
        .await;
        server.kill9().unwrap();
        server.restart().await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(log.last_sequence().await.unwrap(), 480);
    let mut sum = 0;
    for id in ["acc-0", "acc-1", "acc-2"] {
        sum += executor(&log).load(id).await.unwrap().aggregate.balance;
    }
    assert_eq!(sum, 480);
}

#[tokio::test]
async fn a_full_log_refuses_and_keeps_what_it_has() {
    let server = NatsServer::start().await.unwrap();
    let config = EventLogConfig {
        max_bytes: 40_000,
        ..config(&server)
    };
    let client = jetstream_es::connect(&server.url(), "test").await.unwrap();
    let log = EventLog::open(client, config).await.unwrap();
    let executor = executor(&log);
    let mut stored = 0;
    let refused = loop {
        match executor
            .execute("a", AccountCommand::Note(4_000), command(stored))
            .await
        {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100);
    };
    assert!(matches!(refused, ExecuteError::LogFull), "{refused:?}");
    assert!(stored > 5);
    let page = log.read(0, &SubjectFilter::all(), 100).await.unwrap();
    assert_eq!(page.commits.len(), stored);
    assert_eq!(page.commits[0].position.sequence, 1);
    assert_eq!(
        executor.load("a").await.unwrap().aggregate.notes,
        stored as u64
    );
}
