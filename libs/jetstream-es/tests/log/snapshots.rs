//! Long histories: a snapshot and its tail are the full fold, or the snapshot is not used.

use std::num::NonZeroU64;

use async_nats::jetstream;
use cqrs_es::EventStore;
use jetstream_es::{EventLog, Executor, ExecutorOptions, JetStreamEventStore, SnapshotOptions};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::account::{Account, AccountCommand, AccountEvent, STREAM, command, log_on, new_log};

fn with_snapshots(log: &EventLog, schema: &'static str) -> Executor<Account> {
    let options = ExecutorOptions {
        snapshots: Some(SnapshotOptions {
            every: NonZeroU64::new(3).unwrap(),
            schema,
        }),
        ..ExecutorOptions::default()
    };
    Executor::with_options(log.clone(), (), options)
}

/// State and version from every event, without any help.
async fn full_fold(log: &EventLog, id: &str) -> (Account, u64) {
    use cqrs_es::Aggregate;
    let store = JetStreamEventStore::<Account>::new(log.clone());
    let events = store.load_events(id).await.unwrap();
    let version = events.len() as u64;
    let apply = |mut account: Account, event: AccountEvent| {
        account.apply(event);
        account
    };
    let events = events.into_iter().map(|envelope| envelope.payload);
    (events.fold(Account::default(), apply), version)
}

#[test]
fn a_snapshot_with_its_tail_is_the_full_fold() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, log) = runtime.block_on(new_log());
    let other = runtime.block_on(log_on(&server));
    let commands = prop::collection::vec(
        prop_oneof![
            (-3_i64..9).prop_map(AccountCommand::Add),
            prop::collection::vec(-2_i64..5, 0..5).prop_map(AccountCommand::AddEach),
            (0_usize..20).prop_map(AccountCommand::Note),
        ],
        1..25,
    );
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    let case = std::cell::Cell::new(0);
    let checked = TestRunner::new(config).run(&commands, |commands| {
        case.set(case.get() + 1);
        let id = format!("s-{}", case.get());
        runtime.block_on(async {
            for (number, what) in commands.into_iter().enumerate() {
                // A new process for every command: each begins with what is stored.
                let log = if number % 2 == 0 { &log } else { &other };
                let accounts = with_snapshots(log, "1");
                let outcome = accounts.execute(&id, what, command(number)).await;
                let (truth, version) = full_fold(log, &id).await;
                if let Ok(outcome) = outcome {
                    prop_assert_eq!(outcome.version, version);
                }
                let loaded = with_snapshots(log, "1").load(&id).await.unwrap();
                prop_assert_eq!((loaded.aggregate, loaded.version), (truth, version));
            }
            Ok(())
        })
    });
    checked.unwrap();
    let stored = runtime.block_on(snapshots(&server));
    assert!(stored > 3, "only {stored} snapshots were ever stored");
}

async fn snapshots(server: &testkit::NatsServer) -> u64 {
    let context = jetstream::new(server.client().await.unwrap());
    let stream = context.get_stream(format!("{STREAM}_SNAPSHOTS")).await;
    stream.unwrap().get_info().await.unwrap().state.messages
}

#[tokio::test]
async fn a_snapshot_remembers_the_commands_before_it() {
    let (_server, log) = new_log().await;
    for number in 0..10 {
        let accounts = with_snapshots(&log, "1");
        accounts
            .execute("a", AccountCommand::Add(1), command(number))
            .await
            .unwrap();
    }
    let accounts = with_snapshots(&log, "1");
    let again = accounts.execute("a", AccountCommand::Add(1), command(0));
    assert!(!again.await.unwrap().written);
    assert_eq!(accounts.load("a").await.unwrap().aggregate.balance, 10);
}

#[tokio::test]
async fn a_snapshot_that_the_log_does_not_confirm_is_not_believed() {
    let (server, log) = new_log().await;
    let accounts = with_snapshots(&log, "1");
    for number in 0..4 {
        accounts
            .execute("a", AccountCommand::Add(1), command(number))
            .await
            .unwrap();
    }
    let context = jetstream::new(server.client().await.unwrap());
    let subject = "snapshots.test.events.bank.account.a";
    let stream = context.get_stream(format!("{STREAM}_SNAPSHOTS")).await;
    let stream = stream.unwrap();
    let stored = stream.get_last_raw_message_by_subject(subject).await;
    let stored = stored.unwrap();
    let text = String::from_utf8(stored.payload.to_vec()).unwrap();
    assert!(text.contains("\"balance\":3"), "{text}");
    for forged in [
        // Another history: the fingerprint is not that of the commit.
        text.replace("\"balance\":3", "\"balance\":99")
            .replace("\"fingerprint\":\"", "\"fingerprint\":\"00"),
        // Ahead of the log.
        text.replace("\"balance\":3", "\"balance\":99")
            .replace("\"last\":3", "\"last\":400"),
        "no snapshot".to_owned(),
    ] {
        let sent = context.publish(subject, forged.into()).await.unwrap();
        sent.await.unwrap();
        let loaded = with_snapshots(&log, "1").load("a").await.unwrap();
        assert_eq!((loaded.aggregate.balance, loaded.version), (4, 4));
    }
}

#[tokio::test]
async fn a_snapshot_of_another_schema_is_ignored() {
    let (server, log) = new_log().await;
    let accounts = with_snapshots(&log, "1");
    for number in 0..4 {
        accounts
            .execute("a", AccountCommand::Add(1), command(number))
            .await
            .unwrap();
    }
    assert_eq!(snapshots(&server).await, 1);
    let loaded = with_snapshots(&log, "2").load("a").await.unwrap();
    assert_eq!(loaded.aggregate.balance, 4);
}
