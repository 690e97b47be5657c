//! Many writers on one server: their commits share a sync, and each still gets its own, true answer.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jetstream_es::{Commit, EventLog, EventLogConfig, ExecuteError, Executor, SubjectFilter};
use testkit::{NatsServer, eventually};
use tokio::sync::Barrier;

use crate::account::{
    Account, AccountCommand, STREAM, command, config, executor, log_on, new_log, patient,
};

/// Lets `writers` tasks add 1 at the same moment, each to its own aggregate.
async fn add_all(
    accounts: &Executor<Account>,
    writers: usize,
    round: usize,
) -> Vec<Result<u64, String>> {
    let barrier = Arc::new(Barrier::new(writers));
    let mut running = Vec::new();
    for writer in 0..writers {
        let (accounts, barrier) = (accounts.clone(), barrier.clone());
        running.push(tokio::spawn(async move {
            let context = command(format!("{writer}-{round}"));
            barrier.wait().await;
            let id = format!("a-{writer}");
            let added = accounts.execute(&id, AccountCommand::Add(1), context);
            match added.await {
                Ok(outcome) => Ok(outcome.position.unwrap().sequence),
                Err(error) => Err(format!("{error:?}")),
            }
        }));
    }
    let mut answers = Vec::new();
    for task in running {
        answers.push(task.await.unwrap());
    }
    answers
}

async fn everything(log: &EventLog) -> Vec<Commit> {
    log.read(0, &SubjectFilter::all(), 10_000)
        .await
        .unwrap()
        .commits
}

fn went_in_a_batch(commit: &Commit) -> bool {
    let mut headers = commit.message.headers.iter();
    headers.any(|(name, _)| name == "Nats-Batch-Id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_writer_of_a_batch_learns_its_own_position() {
    let (_server, log) = new_log().await;
    let accounts = executor(&log);
    let mut answered = Vec::new();
    for round in 0..5 {
        for (writer, answer) in add_all(&accounts, 100, round).await.into_iter().enumerate() {
            answered.push((answer.unwrap(), format!("{writer}-{round}")));
        }
    }
    let commits = everything(&log).await;
    let mut stored: Vec<(u64, String)> = commits
        .iter()
        .map(|commit| (commit.position.sequence, commit.command_id.clone()))
        .collect();
    answered.sort_unstable();
    stored.sort_unstable();
    assert_eq!(answered, stored);
    let batched = commits.iter().filter(|c| went_in_a_batch(c)).count();
    assert!(batched > 100, "{batched} of 500 went in batches");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_stale_commit_in_a_batch_harms_nobody_else() {
    let (server, log) = new_log().await;
    let (ours, theirs) = (executor(&log), executor(&log_on(&server).await));
    for answer in add_all(&ours, 64, 0).await {
        answer.unwrap();
    }
    // Ours now holds stale states of three aggregates.
    for writer in [3, 30, 60] {
        let (id, context) = (format!("a-{writer}"), command(format!("theirs-{writer}")));
        let added = theirs.execute(&id, AccountCommand::Add(10), context);
        added.await.unwrap();
    }
    for answer in add_all(&ours, 64, 1).await {
        answer.unwrap();
    }
    for writer in 0..64 {
        let loaded = theirs.load(&format!("a-{writer}")).await.unwrap();
        let expected = if [3, 30, 60].contains(&writer) { 12 } else { 2 };
        assert_eq!(loaded.aggregate.balance, expected, "a-{writer}");
    }
    assert_eq!(everything(&log).await.len(), 131);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_batch_is_lost_or_doubled_when_the_server_is_killed() {
    let (mut server, log) = new_log().await;
    let accounts = patient(&log, Duration::from_secs(30));
    let mut writers = Vec::new();
    for writer in 0..64 {
        let accounts = accounts.clone();
        writers.push(tokio::spawn(async move {
            for number in 0..30 {
                let context = command(format!("{writer}-{number}"));
                let id = format!("a-{writer}");
                while let Err(error) = accounts
                    .execute(&id, AccountCommand::Add(1), context.clone())
                    .await
                {
                    let unknown = matches!(error, ExecuteError::OutcomeUnknown(_));
                    assert!(unknown, "{error:?}");
                }
            }
        }));
    }
    for stored in [200, 900] {
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
    let commits = everything(&log).await;
    let ids: HashSet<&str> = commits.iter().map(|c| c.command_id.as_str()).collect();
    assert_eq!((commits.len(), ids.len()), (64 * 30, 64 * 30));
    assert!(commits.iter().any(went_in_a_batch));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_fills_up_under_many_writers_refuses_and_keeps_what_it_acknowledged() {
    let server = NatsServer::start().await.unwrap();
    let config = EventLogConfig {
        max_bytes: 60_000,
        ..config(&server)
    };
    let client = jetstream_es::connect(&server.url(), "test").await.unwrap();
    let log = EventLog::open(client, config).await.unwrap();
    let accounts = executor(&log);
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for round in 0..5 {
        for answer in add_all(&accounts, 64, round).await {
            match answer {
                Ok(sequence) => acknowledged.push(sequence),
                Err(error) => {
                    assert_eq!(error, "LogFull");
                    refused += 1;
                }
            }
        }
    }
    acknowledged.sort_unstable();
    let stored: Vec<u64> = everything(&log)
        .await
        .iter()
        .map(|commit| commit.position.sequence)
        .collect();
    assert_eq!(acknowledged, stored);
    assert!(refused > 0 && !stored.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_one_aggregate_in_two_executors_share_a_batch_without_harm() {
    let (_server, log) = new_log().await;
    // Two executors in one process know nothing of each other's locks.
    let (one, two) = (executor(&log), executor(&log));
    let both = tokio::join!(add_all(&one, 40, 1), add_all(&two, 40, 2));
    for answer in both.0.into_iter().chain(both.1) {
        answer.unwrap();
    }
    for writer in 0..40 {
        let loaded = executor(&log).load(&format!("a-{writer}")).await.unwrap();
        assert_eq!(loaded.aggregate.balance, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_takes_no_batches_serves_many_writers_all_the_same() {
    let (server, log) = new_log().await;
    drop(log);
    // As an older version made it.
    let context = async_nats::jetstream::new(server.client().await.unwrap());
    let stream = context.get_stream(STREAM).await.unwrap();
    let mut config = stream.cached_info().config.clone();
    config.allow_atomic_publish = false;
    context.update_stream(config).await.unwrap();

    let log = log_on(&server).await;
    for answer in add_all(&executor(&log), 64, 0).await {
        answer.unwrap();
    }
    let commits = everything(&log).await;
    assert_eq!(commits.len(), 64);
    assert!(!commits.iter().any(went_in_a_batch));
}
