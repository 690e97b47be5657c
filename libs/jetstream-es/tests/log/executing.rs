//! Commands: exact under contention, harmless when repeated, refused when they cannot be stored.

use std::time::Duration;

use jetstream_es::{Clock, ExecuteError, Outcome, SubjectFilter};
use time::macros::datetime;

use crate::account::{AccountCommand, command, config, executor, forgetful, log_on, new_log};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_tasks_in_two_processes_add_up_exactly() {
    let (server, log) = new_log().await;
    let processes = [executor(&log), executor(&log_on(&server).await)];
    let mut tasks = Vec::new();
    for task in 0..16_usize {
        let executor = processes[task % 2].clone();
        tasks.push(tokio::spawn(async move {
            let mut retries = 0;
            for number in 0..50 {
                let context = command(format!("{task}-{number}"));
                while let Err(error) = executor
                    .execute("hot", AccountCommand::Add(1), context.clone())
                    .await
                {
                    assert!(matches!(error, ExecuteError::Conflict), "{error:?}");
                    retries += 1;
                }
            }
            retries
        }));
    }
    let mut retries = 0;
    for task in tasks {
        retries += task.await.unwrap();
    }
    assert!(retries < 80, "{retries} conflicts reached the callers");
    for executor in [&processes[0], &processes[1], &self::executor(&log)] {
        let hot = executor.load("hot").await.unwrap();
        assert_eq!((hot.aggregate.balance, hot.version), (800, 800));
    }
    assert_eq!(log.last_sequence().await.unwrap(), 800);
}

#[tokio::test]
async fn a_commit_answers_its_position_and_carries_its_context() {
    let (_server, log) = new_log().await;
    let log = log.with_clock(Clock::new(|| datetime!(2026-01-02 03:04:05 UTC)));
    let context = command("c-1")
        .with_actor("ann")
        .with_correlation_id("r-1")
        .with_causation_id("e-1");
    let outcome = executor(&log)
        .execute("a", AccountCommand::AddEach(vec![1, 2, 3]), context)
        .await
        .unwrap();
    assert_eq!(
        outcome,
        Outcome {
            position: Some(log.position(1)),
            version: 3,
            written: true
        }
    );

    let commit = log.commit_at(1).await.unwrap().unwrap();
    assert_eq!(
        (commit.aggregate_type.as_str(), commit.aggregate_id.as_str()),
        ("bank.account", "a")
    );
    assert_eq!(
        (
            commit.from_version,
            commit.to_version(),
            commit.events.len()
        ),
        (1, 3, 3)
    );
    assert_eq!(commit.time, datetime!(2026-01-02 03:04:05 UTC));
    assert_eq!(commit.command_id, "c-1");
    assert_eq!(commit.actor.as_deref(), Some("ann"));
    assert_eq!(commit.correlation_id.as_deref(), Some("r-1"));
    assert_eq!(commit.causation_id.as_deref(), Some("e-1"));
    assert_eq!(commit.events[0].event_type, "Added");
    assert_eq!(
        commit.events[0].data.get(),
        r#"{"type":"Added","amount":1}"#
    );
    assert_eq!(commit.malformed, None);
}

#[tokio::test]
async fn a_repeated_command_changes_nothing_in_any_process() {
    let (server, log) = new_log().await;
    let first = executor(&log)
        .execute("a", AccountCommand::Add(5), command("same"))
        .await
        .unwrap();
    executor(&log)
        .execute("a", AccountCommand::Add(1), command("other"))
        .await
        .unwrap();
    let (warm, cold) = (executor(&log), executor(&log_on(&server).await));
    warm.load("a").await.unwrap();
    for executor in [warm, cold, forgetful(&log)] {
        let again = executor
            .execute("a", AccountCommand::Add(5), command("same"))
            .await
            .unwrap();
        assert_eq!(
            again,
            Outcome {
                position: Some(log.position(2)),
                version: 2,
                written: false
            }
        );
    }
    assert!(first.written);
    assert_eq!(executor(&log).load("a").await.unwrap().aggregate.balance, 6);
}

#[tokio::test]
async fn a_command_repeated_in_a_stale_process_is_found_in_the_log() {
    let (server, log) = new_log().await;
    let stale = executor(&log_on(&server).await);
    stale
        .execute("a", AccountCommand::Add(1), command("first"))
        .await
        .unwrap();
    executor(&log)
        .execute("a", AccountCommand::Add(5), command("same"))
        .await
        .unwrap();

    let again = stale
        .execute("a", AccountCommand::Add(5), command("same"))
        .await
        .unwrap();

    assert_eq!((again.version, again.position), (2, Some(log.position(2))));
    assert_eq!(log.last_sequence().await.unwrap(), 2);
}

#[tokio::test]
async fn a_command_is_recognised_after_the_servers_duplicate_window() {
    let server = testkit::NatsServer::start().await.unwrap();
    let mut config = config(&server);
    config.duplicate_window = Duration::from_millis(100);
    let client = jetstream_es::connect(&server.url(), "test").await.unwrap();
    let log = jetstream_es::EventLog::open(client.clone(), config)
        .await
        .unwrap();
    let once = executor(&log)
        .execute("a", AccountCommand::Add(5), command("same"))
        .await
        .unwrap();
    // The window is over when the server takes a message with a used id again.
    let jetstream = async_nats::jetstream::new(client);
    testkit::eventually("the window to pass", || async {
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("Nats-Msg-Id", "probe");
        let ack = jetstream
            .publish_with_headers("test.events.probe.p.x", headers, "{}".into())
            .await
            .unwrap();
        let ack = ack.await.unwrap();
        (ack.sequence > 2 && !ack.duplicate).then_some(())
    })
    .await;
    let again = executor(&log)
        .execute("a", AccountCommand::Add(5), command("same"))
        .await
        .unwrap();
    assert_eq!(
        (again.version, again.position, again.written),
        (1, once.position, false)
    );
}

#[tokio::test]
async fn a_rejection_is_decided_on_the_newest_state() {
    let (server, log) = new_log().await;
    let stale = executor(&log_on(&server).await);
    stale
        .execute("a", AccountCommand::Add(1), command("1"))
        .await
        .unwrap();
    executor(&log)
        .execute("a", AccountCommand::Add(9), command("2"))
        .await
        .unwrap();
    // The stale state would refuse this.
    let outcome = stale
        .execute("a", AccountCommand::Add(-10), command("3"))
        .await
        .unwrap();
    assert_eq!(outcome.version, 3);
    let refused = stale
        .execute("a", AccountCommand::Add(-1), command("4"))
        .await;
    assert!(
        matches!(refused, Err(ExecuteError::Rejected(_))),
        "{refused:?}"
    );
    assert_eq!(log.last_sequence().await.unwrap(), 3);
}

#[tokio::test]
async fn a_command_without_events_answers_where_the_aggregate_stands() {
    let (_server, log) = new_log().await;
    let executor = executor(&log);
    let nothing = executor
        .execute("a", AccountCommand::SetTo(0), command("0"))
        .await
        .unwrap();
    assert_eq!(
        nothing,
        Outcome {
            position: None,
            version: 0,
            written: false
        }
    );
    executor
        .execute("b", AccountCommand::Add(1), command("1"))
        .await
        .unwrap();
    executor
        .execute("a", AccountCommand::Add(7), command("2"))
        .await
        .unwrap();
    let nothing = executor
        .execute("a", AccountCommand::SetTo(7), command("3"))
        .await
        .unwrap();
    assert_eq!(
        nothing,
        Outcome {
            position: Some(log.position(2)),
            version: 1,
            written: false
        }
    );
}

#[tokio::test]
async fn what_does_not_fit_or_cannot_be_a_subject_is_refused() {
    let (_server, log) = new_log().await;
    let executor = executor(&log);
    let huge = executor
        .execute("a", AccountCommand::Note(300_000), command("1"))
        .await;
    assert!(
        matches!(huge, Err(ExecuteError::TooLarge { limit: 262_144, .. })),
        "{huge:?}"
    );
    for id in ["", "a.b", "*", ">", "a b", "ä", "a\r\n", &"x".repeat(65)] {
        let bad = executor
            .execute(id, AccountCommand::Add(1), command("2"))
            .await;
        assert!(
            matches!(bad, Err(ExecuteError::InvalidId(_))),
            "{id:?}: {bad:?}"
        );
        assert!(executor.load(id).await.is_err());
    }
    for id in ["", "a b", "a\r\nNats-Rollup: all"] {
        let bad = executor
            .execute("a", AccountCommand::Add(1), command(id))
            .await;
        assert!(
            matches!(bad, Err(ExecuteError::InvalidId(_))),
            "{id:?}: {bad:?}"
        );
    }
    assert_eq!(log.last_sequence().await.unwrap(), 0);
    executor
        .execute("a", AccountCommand::Note(200_000), command("3"))
        .await
        .unwrap();
    assert_eq!(
        log.read(0, &SubjectFilter::all(), 9)
            .await
            .unwrap()
            .commits
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_commands_for_one_version_one_is_carried_out() {
    let (server, log) = new_log().await;
    let processes = [executor(&log), executor(&log_on(&server).await)];
    let added = processes[0].execute("a", AccountCommand::Add(1), command("first"));
    assert_eq!(added.await.unwrap().version, 1);
    let mut tasks = Vec::new();
    for task in 0..40_usize {
        let executor = processes[task % 2].clone();
        tasks.push(tokio::spawn(async move {
            let context = command(format!("at-{task}"));
            let done = executor.execute_at("a", 1, AccountCommand::Add(10), context);
            (task, done.await)
        }));
    }
    let mut winner = None;
    for task in tasks {
        match task.await.unwrap() {
            (task, Ok(outcome)) => {
                assert!(outcome.written && winner.is_none(), "{outcome:?}");
                winner = Some(task);
            }
            (_, Err(ExecuteError::WrongVersion { expected, found })) => {
                assert_eq!((expected, found), (1, 2));
            }
            (_, Err(error)) => panic!("{error:?}"),
        }
    }
    let winner = winner.unwrap();
    // Asked again, by whichever process, the winner is answered.
    for executor in [&processes[winner % 2], &processes[(winner + 1) % 2]] {
        let context = command(format!("at-{winner}"));
        let again = executor.execute_at("a", 1, AccountCommand::Add(10), context);
        let again = again.await.unwrap();
        assert_eq!((again.written, again.version), (false, 2));
    }
    assert_eq!(processes[0].load("a").await.unwrap().aggregate.balance, 11);
}

#[tokio::test]
async fn an_aggregate_is_loaded_at_the_versions_that_its_commits_made() {
    let (_server, log) = new_log().await;
    let account = executor(&log);
    account
        .execute("a", AccountCommand::Add(1), command("one"))
        .await
        .unwrap();
    account
        .execute("a", AccountCommand::AddEach(vec![2, 3]), command("two"))
        .await
        .unwrap();
    let first = account.load_version("a", 1).await.unwrap().unwrap();
    assert_eq!((first.aggregate.balance, first.version), (1, 1));
    let second = account.load_version("a", 3).await.unwrap().unwrap();
    assert_eq!(
        (second.aggregate.balance, second.position),
        (6, Some(log.position(2)))
    );
    for never in [0, 2, 4] {
        assert!(account.load_version("a", never).await.unwrap().is_none());
    }
    assert!(account.load_version("nobody", 1).await.unwrap().is_none());
}
