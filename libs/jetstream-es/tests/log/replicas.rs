//! A stream with three copies: other error codes, stale followers, elections.

use std::time::Duration;

use jetstream_es::{EventLog, EventLogConfig, ExecuteError, SubjectFilter};
use testkit::{NatsServer, eventually_within};

use crate::account::{AccountCommand, command, config, executor, patient};

async fn log_on_cluster(servers: &[NatsServer]) -> EventLog {
    let urls = servers
        .iter()
        .map(NatsServer::url)
        .collect::<Vec<_>>()
        .join(",");
    let monitors = servers
        .iter()
        .map(NatsServer::monitor_url)
        .collect::<Vec<_>>()
        .join(",");
    let config = EventLogConfig {
        replicas: 3,
        monitor_url: Some(monitors),
        ..config(&servers[0])
    };
    let client = jetstream_es::connect(&urls, "test").await.unwrap();
    eventually_within(
        Duration::from_secs(40),
        "the cluster to make the stream",
        || async { EventLog::open(client.clone(), config.clone()).await.ok() },
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_stay_exact_on_a_cluster_that_loses_a_server() {
    let mut servers = NatsServer::start_cluster(3).await.unwrap();
    let log = log_on_cluster(&servers).await;
    let held = Duration::from_secs(40);
    let processes = [
        patient(&log, held),
        patient(&log_on_cluster(&servers).await, held),
    ];
    let mut writers = Vec::new();
    for writer in 0..8_usize {
        let executor = processes[writer % 2].clone();
        writers.push(tokio::spawn(async move {
            for number in 0..30 {
                let id = format!("acc-{}", number % 2);
                let context = command(format!("{writer}-{number}"));
                while let Err(error) = executor
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
    eventually_within(Duration::from_secs(40), "some commits", || async {
        (log.last_sequence().await.ok()? >= 60).then_some(())
    })
    .await;
    servers[0].kill9().unwrap();
    servers[0].restart().await.unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
    let mut sum = 0;
    for id in ["acc-0", "acc-1"] {
        let fresh = executor(&log).load(id).await.unwrap();
        for process in &processes {
            assert_eq!(process.load(id).await.unwrap().aggregate, fresh.aggregate);
        }
        sum += fresh.aggregate.balance;
    }
    assert_eq!(sum, 240);
    let page = log.read(0, &SubjectFilter::all(), 1_000).await.unwrap();
    let mut ids: Vec<&str> = page
        .commits
        .iter()
        .map(|commit| commit.command_id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((page.commits.len(), ids.len()), (240, 240));
}
