//! Readers of one process that share a consumer: each gets everything, in order, once.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt};
use jetstream_es::{Commit, EventLog};
use tokio::time::timeout;

use crate::account::{AccountCommand, command, executor, new_log, patient};

const COMMITS: usize = 600;

/// More than the ring of the tail holds.
const FALLEN_BEHIND: u64 = 1_500;

async fn write(log: &EventLog, first: u64, count: u64) {
    let executor = executor(log);
    let writes = (first..first + count).map(|number| {
        let executor = executor.clone();
        async move {
            let id = format!("a{number}");
            let adding = executor.execute(&id, AccountCommand::Add(1), command(number));
            adding.await.unwrap();
        }
    });
    futures::stream::iter(writes)
        .for_each_concurrent(64, |write| write)
        .await;
}

async fn take(
    following: &mut (impl futures::Stream<Item = Arc<Commit>> + Unpin),
    count: usize,
) -> Vec<u64> {
    let taking = following
        .take(count)
        .map(|commit| commit.position.sequence)
        .collect();
    timeout(Duration::from_mins(1), taking).await.unwrap()
}

/// How many consumers the stream has now.
async fn consumers(server: &testkit::NatsServer) -> usize {
    let context = async_nats::jetstream::new(server.client().await.unwrap());
    let mut stream = context.get_stream("TEST_EVENTS").await.unwrap();
    stream.info().await.unwrap().state.consumer_count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_gets_everything_once_over_crashes_of_the_server() {
    let (mut server, log) = new_log().await;
    write(&log, 0, 50).await;
    let reading = [0, 0, 20, 50].map(|after| {
        let log = log.clone();
        tokio::spawn(async move {
            let mut following = pin!(log.follow_all(after));
            let mut seen = Vec::new();
            let wanted = COMMITS - usize::try_from(after).unwrap();
            while seen.len() < wanted {
                seen.extend(take(&mut following, 1).await);
                // One of them dawdles.
                if after == 20 && seen.len().is_multiple_of(10) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            (after, seen)
        })
    });
    let writer = patient(&log, Duration::from_secs(30));
    let writing = tokio::spawn(async move {
        for number in 50..COMMITS {
            let id = format!("a{}", number % 7);
            let adding = writer.execute(&id, AccountCommand::Add(1), command(format!("w{number}")));
            adding.await.unwrap();
        }
    });
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        server.kill9().unwrap();
        server.restart().await.unwrap();
    }
    writing.await.unwrap();
    for reader in reading {
        let (after, seen) = reader.await.unwrap();
        assert_eq!(seen, (after + 1..=COMMITS as u64).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn readers_at_the_end_share_one_consumer_and_leave_none_behind() {
    let (server, log) = new_log().await;
    write(&log, 0, 10).await;
    let mut readers = vec![];
    for after in [0, 5, 10, 10] {
        let mut reader = Box::pin(log.follow_all(after));
        let behind = 10 - usize::try_from(after).unwrap();
        assert_eq!(take(&mut reader, behind).await.len(), behind);
        readers.push(reader);
    }
    write(&log, 10, 5).await;
    for reader in &mut readers {
        assert_eq!(take(reader, 5).await, [11, 12, 13, 14, 15]);
    }
    // The server forgets one that nobody asks any more after twenty seconds.
    let limit = Duration::from_secs(40);
    testkit::eventually_within(limit, "one consumer to be left", || async {
        (consumers(&server).await == 1).then_some(())
    })
    .await;
    // The next ones begin a tail of their own.
    drop(readers);
    write(&log, 15, 1).await;
    let mut late = Box::pin(log.follow_all(14));
    assert_eq!(take(&mut late, 2).await, [15, 16]);
}

#[tokio::test]
async fn who_fell_behind_the_ring_reads_what_it_missed() {
    let (_server, log) = new_log().await;
    let mut slow = Box::pin(log.follow_all(0));
    let mut quick = Box::pin(log.follow_all(0));
    write(&log, 0, 1).await;
    assert_eq!(take(&mut slow, 1).await, [1]);
    write(&log, 1, FALLEN_BEHIND).await;
    let all = usize::try_from(FALLEN_BEHIND).unwrap() + 1;
    assert_eq!(take(&mut quick, all).await.len(), all);
    let missed = take(&mut slow, all - 1).await;
    assert_eq!(missed, (2..=FALLEN_BEHIND + 1).collect::<Vec<_>>());
    // And from here on with the others again.
    write(&log, FALLEN_BEHIND + 1, 3).await;
    assert_eq!(take(&mut slow, 3).await.len(), 3);
    assert!(slow.next().now_or_never().is_none());
}

#[tokio::test]
async fn a_reader_that_has_seen_more_than_there_is_waits() {
    let (_server, log) = new_log().await;
    write(&log, 0, 3).await;
    let mut ahead = Box::pin(log.follow_all(5));
    let waiting = timeout(Duration::from_secs(1), ahead.next()).await;
    assert!(waiting.is_err());
}
