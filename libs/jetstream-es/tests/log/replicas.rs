//! A stream with three copies: other error codes, stale followers, elections.

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use async_nats::jetstream;
use cqrs_es::EventStore;
use futures::StreamExt;
use jetstream_es::{EventLog, EventLogConfig, ExecuteError, JetStreamEventStore, SubjectFilter};
use testkit::{NatsServer, eventually_within};

use crate::account::{
    Account, AccountCommand, AccountEvent, STREAM, command, config, executor, patient,
};

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

/// Which server leads the stream.
async fn leader(servers: &[NatsServer]) -> usize {
    eventually_within(Duration::from_secs(40), "a leader", || async {
        for server in servers {
            let context = jetstream::new(server.client().await.ok()?);
            let stream = context.get_stream(STREAM).await.ok()?;
            let cluster = stream.cached_info().cluster.clone()?;
            let name = cluster.leader.unwrap_or_default();
            if let Some(number) = name.strip_prefix("test-") {
                return number.parse::<usize>().ok();
            }
        }
        None
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_held_while_the_leader_changes_and_followers_miss_nothing() {
    let mut servers = NatsServer::start_cluster(3).await.unwrap();
    let log = log_on_cluster(&servers).await;
    let accounts = patient(&log, Duration::from_secs(40));
    let follower = tokio::spawn({
        let log = log.clone();
        async move {
            let commits = log.follow(0, SubjectFilter::all()).take(400);
            let sequences = commits.map(|commit| commit.position.sequence);
            sequences.collect::<Vec<u64>>().await
        }
    });
    let writer = tokio::spawn(async move {
        let mut longest = Duration::ZERO;
        for number in 0..400 {
            let started = Instant::now();
            let id = format!("a-{}", number % 5);
            let added = accounts.execute(&id, AccountCommand::Add(1), command(number));
            added.await.unwrap();
            longest = longest.max(started.elapsed());
        }
        longest
    });
    eventually_within(Duration::from_secs(40), "some commits", || async {
        (log.last_sequence().await.ok()? >= 100).then_some(())
    })
    .await;
    let leader = leader(&servers).await;
    servers[leader].kill9().unwrap();

    let longest = writer.await.unwrap();
    assert!(
        longest < Duration::from_secs(15),
        "no answer for {longest:?}"
    );
    let all = tokio::time::timeout(Duration::from_secs(40), follower).await;
    let all = all.expect("the follower goes on without the dead server");
    assert_eq!(all.unwrap(), (1..=400).collect::<Vec<u64>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_is_left_within_fifteen_seconds() {
    let servers = NatsServer::start_cluster(3).await.unwrap();
    drop(log_on_cluster(&servers).await);
    let urls: Vec<String> = servers.iter().map(NatsServer::url).collect();
    let client = jetstream_es::connect(&urls.join(","), "test").await;
    let client = client.unwrap();
    let monitors: Vec<String> = servers.iter().map(NatsServer::monitor_url).collect();
    let config = EventLogConfig {
        replicas: 3,
        monitor_url: Some(monitors.join(",")),
        ..config(&servers[0])
    };
    let log = EventLog::open(client.clone(), config).await.unwrap();
    let accounts = patient(&log, Duration::from_secs(40));
    let add = |number| accounts.execute("a", AccountCommand::Add(1), command(number));
    add(0).await.unwrap();
    let name = client.server_info().server_name;
    let number: usize = name.strip_prefix("test-").unwrap().parse().unwrap();

    servers[number].pause();
    let started = Instant::now();
    add(1).await.unwrap();

    let took = started.elapsed();
    assert!(took < Duration::from_secs(15), "no answer for {took:?}");
    assert_ne!(client.server_info().server_name, name);
    servers[number].resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_lags_behind_is_never_believed() {
    let servers = NatsServer::start_cluster(3).await.unwrap();
    drop(log_on_cluster(&servers).await);
    let leader = leader(&servers).await;
    // Connected to the leader: a connection to the paused server would only hang.
    let client = jetstream_es::connect(&servers[leader].url(), "test").await;
    let config = EventLogConfig {
        replicas: 3,
        monitor_url: Some(servers[leader].monitor_url()),
        ..config(&servers[leader])
    };
    let log = EventLog::open(client.unwrap(), config).await.unwrap();
    let accounts = patient(&log, Duration::from_secs(30));
    let add = |number| accounts.execute("a", AccountCommand::Add(1), command(number));
    add(0).await.unwrap();
    let lagging = &servers[(leader + 1) % 3];
    lagging.pause();
    for number in 1..20 {
        add(number).await.unwrap();
    }
    lagging.resume();
    // The replica has not heard of the rest yet, and may be asked first.
    for _ in 0..20 {
        let loaded = patient(&log, Duration::from_secs(30)).load("a").await;
        assert_eq!(loaded.unwrap().aggregate.balance, 20);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_sent_twice_to_a_cluster_is_one() {
    let servers = NatsServer::start_cluster(3).await.unwrap();
    let log = log_on_cluster(&servers).await;
    let store = JetStreamEventStore::<Account>::new(log.clone());
    let metadata = HashMap::from([("command_id".to_owned(), "once".to_owned())]);
    for _ in 0..2 {
        // As after a lost answer: the context is the one that the first try had.
        let context = store.load_aggregate("fresh").await.unwrap();
        let added = vec![AccountEvent::Added { amount: 5 }];
        let (first, second) = tokio::join!(
            store.commit(added.clone(), context, metadata.clone()),
            async {
                let context = store.load_aggregate("fresh").await.unwrap();
                store.commit(added.clone(), context, metadata.clone()).await
            }
        );
        assert_eq!(first.unwrap().len(), 1);
        assert_eq!(second.unwrap().len(), 1);
    }
    assert_eq!(log.last_sequence().await.unwrap(), 1);
}

/// Each writer has an aggregate of its own, and all that they append is in the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_appends_to_a_cluster_see_no_conflict() {
    let (writers, each) = (64, 320);
    let servers = NatsServer::start_cluster(3).await.unwrap();
    let log = log_on_cluster(&servers).await;
    let accounts = patient(&log, Duration::from_secs(30));
    let mut writing = Vec::new();
    for writer in 0..writers {
        let accounts = accounts.clone();
        writing.push(tokio::spawn(async move {
            for number in 0..each {
                let context = command(format!("{writer}-{number}"));
                let id = format!("a-{writer}");
                let added = accounts.execute(&id, AccountCommand::Add(1), context);
                assert!(added.await.unwrap().written);
            }
        }));
    }
    for writer in writing {
        writer.await.unwrap();
    }
    let all = log.follow(0, SubjectFilter::all()).take(writers * each);
    let mut commits = pin!(all);
    let mut versions: HashMap<String, u64> = HashMap::new();
    while let Some(commit) = commits.next().await {
        let version = versions.entry(commit.aggregate_id.clone()).or_default();
        assert_eq!(commit.from_version, *version + 1);
        *version = commit.to_version();
    }
    assert!(versions.values().all(|version| *version == each as u64));
}
