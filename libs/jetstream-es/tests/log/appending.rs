//! The cqrs-es store, and messages that this crate did not write.

use std::collections::HashMap;

use async_nats::HeaderMap;
use cqrs_es::{AggregateContext, AggregateError, EventStore};
use jetstream_es::{ExecuteError, JetStreamEventStore, LogError, SubjectFilter};

use crate::account::{Account, AccountCommand, AccountEvent, command, executor, new_log};

fn metadata(id: &str) -> HashMap<String, String> {
    HashMap::from([("command_id".to_owned(), id.to_owned())])
}

fn added(amount: i64) -> Vec<AccountEvent> {
    vec![AccountEvent::Added { amount }]
}

#[tokio::test]
async fn a_stale_context_is_a_conflict() {
    let (_server, log) = new_log().await;
    let store = JetStreamEventStore::<Account>::new(log.clone());
    let (one, two) = (
        store.load_aggregate("a").await.unwrap(),
        store.load_aggregate("a").await.unwrap(),
    );
    let stored = store.commit(added(5), one, metadata("1")).await.unwrap();
    assert_eq!(
        (stored[0].sequence, stored[0].payload.clone()),
        (1, AccountEvent::Added { amount: 5 })
    );
    let refused = store.commit(added(5), two, metadata("2")).await;
    assert!(
        matches!(refused, Err(AggregateError::AggregateConflict)),
        "{refused:?}"
    );
    assert_eq!(store.load_events("a").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_by_its_command_id() {
    let (_server, log) = new_log().await;
    let store = JetStreamEventStore::<Account>::new(log.clone());
    let (one, two) = (
        store.load_aggregate("a").await.unwrap(),
        store.load_aggregate("a").await.unwrap(),
    );
    let first = store.commit(added(7), one, metadata("same")).await.unwrap();
    // Somebody else goes on before the retry, so that the own commit is not the last one.
    executor(&log)
        .execute("a", AccountCommand::Add(1), command("other"))
        .await
        .unwrap();
    let again = store.commit(added(7), two, metadata("same")).await.unwrap();
    assert_eq!(again[0].sequence, first[0].sequence);
    // Even with a context that was loaded after it.
    let reloaded = store.load_aggregate("a").await.unwrap();
    assert_eq!(
        store
            .commit(added(7), reloaded, metadata("same"))
            .await
            .unwrap()[0]
            .sequence,
        1
    );
    let mut loaded = store.load_aggregate("a").await.unwrap();
    assert_eq!(loaded.aggregate().balance, 8);
}

#[tokio::test]
async fn a_message_id_that_another_subject_took_is_never_success() {
    let (server, log) = new_log().await;
    let jetstream = async_nats::jetstream::new(server.client().await.unwrap());
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", "test.events.bank.account.a:same");
    let stranger =
        jetstream.publish_with_headers("test.events.bank.account.b", headers, "{}".into());
    stranger.await.unwrap().await.unwrap();

    let swallowed = executor(&log)
        .execute("a", AccountCommand::Add(1), command("same"))
        .await;

    assert!(
        matches!(
            swallowed,
            Err(ExecuteError::Unavailable(LogError::MessageIdTaken {
                sequence: 1,
                ..
            }))
        ),
        "{swallowed:?}"
    );
    assert_eq!(executor(&log).load("a").await.unwrap().version, 0);
}

#[tokio::test]
async fn a_message_that_nobody_should_have_written_is_seen_and_does_not_hide_others() {
    let (server, log) = new_log().await;
    let jetstream = async_nats::jetstream::new(server.client().await.unwrap());
    for (subject, body) in [
        ("test.events.bank.account.bad", "no json"),
        ("test.events.odd", r#"{"v":9}"#),
    ] {
        jetstream
            .publish(subject, body.into())
            .await
            .unwrap()
            .await
            .unwrap();
    }
    executor(&log)
        .execute("good", AccountCommand::Add(1), command("1"))
        .await
        .unwrap();

    let page = log.read(0, &SubjectFilter::all(), 10).await.unwrap();

    let malformed: Vec<bool> = page
        .commits
        .iter()
        .map(|commit| commit.malformed.is_some())
        .collect();
    assert_eq!(malformed, [true, true, false]);
    assert!(page.commits[0].decode::<Account>().is_err());
    let damaged = executor(&log)
        .execute("bad", AccountCommand::Add(1), command("2"))
        .await;
    assert!(
        matches!(damaged, Err(ExecuteError::Corrupt(_))),
        "{damaged:?}"
    );
}

#[tokio::test]
async fn a_body_that_changed_behind_its_checksum_is_noticed() {
    let (server, log) = new_log().await;
    executor(&log)
        .execute("a", AccountCommand::Add(1), command("1"))
        .await
        .unwrap();
    let stored = log.commit_at(1).await.unwrap().unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in stored.message.headers {
        if name.starts_with("Es-") {
            headers.insert(name.as_str(), value.as_str());
        }
    }
    let changed = String::from_utf8(stored.message.body.to_vec()).unwrap();
    let changed = changed.replace("\"amount\":1", "\"amount\":9");
    let jetstream = async_nats::jetstream::new(server.client().await.unwrap());
    let forged = jetstream.publish_with_headers(stored.message.subject, headers, changed.into());
    forged.await.unwrap().await.unwrap();

    let forged = log.commit_at(2).await.unwrap().unwrap();
    assert_eq!(
        forged.malformed.as_deref(),
        Some("the checksum is not that of the body")
    );
    assert!(forged.events.is_empty());
}
