//! Jobs: each is done, by one worker at a time, whoever dies.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jetstream_es::{EventLog, SubjectFilter, WorkQueue, WorkQueueOptions};
use testkit::NatsServer;
use tokio::time::timeout;

use crate::account::{AccountCommand, command, executor, log_on, new_log};

async fn queue(log: &EventLog, ack_wait: Duration) -> WorkQueue {
    let options = WorkQueueOptions {
        name: "workers".to_owned(),
        filter: SubjectFilter::aggregate_type("bank.account"),
        ack_wait,
        max_ack_pending: 8,
        max_deliver: -1,
        inactive_threshold: None,
    };
    log.work_queue(options).await.unwrap()
}

/// One that the server forgets when nobody asks for so long.
async fn passing(log: &EventLog, inactive_threshold: Duration) -> WorkQueue {
    let options = WorkQueueOptions {
        name: "passing".to_owned(),
        filter: SubjectFilter::aggregate_type("bank.account"),
        ack_wait: Duration::from_secs(30),
        max_ack_pending: 8,
        max_deliver: -1,
        inactive_threshold: Some(inactive_threshold),
    };
    log.work_queue(options).await.unwrap()
}

/// Where the server keeps how far the queues of the log are.
fn consumers_directory(server: &NatsServer) -> PathBuf {
    let streams = server.store_directory().join("jetstream/$G/streams");
    streams.join(crate::account::STREAM).join("obs")
}

async fn next(queue: &mut WorkQueue) -> jetstream_es::Job {
    timeout(Duration::from_secs(20), queue.next())
        .await
        .expect("a job in time")
}

#[tokio::test]
async fn workers_share_the_jobs_and_each_is_done_once() {
    let (server, log) = new_log().await;
    for number in 0..10 {
        executor(&log)
            .execute("a", AccountCommand::Add(1), command(number))
            .await
            .unwrap();
    }
    let mut one = queue(&log, Duration::from_secs(30)).await;
    let mut two = queue(&log_on(&server).await, Duration::from_secs(30)).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        for queue in [&mut one, &mut two] {
            let job = next(queue).await;
            assert_eq!(job.delivered, 1);
            seen.push(job.commit.position.sequence);
            job.done().await.unwrap();
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=10).collect::<Vec<u64>>());
    assert!(
        timeout(Duration::from_millis(300), one.next())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn who_waits_for_a_job_gets_it_soon_after_a_restart_of_the_server() {
    let (mut server, log) = new_log().await;
    let mut queue = queue(&log, Duration::from_secs(30)).await;
    // The server knows of the request, and forgets it.
    let early = timeout(Duration::from_millis(300), queue.next()).await;
    assert!(early.is_err());
    server.kill9().unwrap();
    server.restart().await.unwrap();
    executor(&log)
        .execute("a", AccountCommand::Add(1), command(1))
        .await
        .unwrap();
    let began = Instant::now();
    let job = next(&mut queue).await;
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    job.done().await.unwrap();
}

#[tokio::test]
async fn a_job_of_a_dead_worker_goes_to_another() {
    let (_server, log) = new_log().await;
    executor(&log)
        .execute("a", AccountCommand::Add(1), command(1))
        .await
        .unwrap();
    let mut one = queue(&log, Duration::from_millis(600)).await;
    let mut two = queue(&log, Duration::from_millis(600)).await;
    let job = next(&mut one).await;
    drop(job);
    let again = next(&mut two).await;
    assert_eq!((again.commit.position.sequence, again.delivered), (1, 2));
    again.done().await.unwrap();
}

#[tokio::test]
async fn a_lease_keeps_a_long_job_and_others_go_on() {
    let (_server, log) = new_log().await;
    for number in 0..2 {
        executor(&log)
            .execute("a", AccountCommand::Add(1), command(number))
            .await
            .unwrap();
    }
    let ack_wait = Duration::from_millis(600);
    let (mut one, mut two) = (queue(&log, ack_wait).await, queue(&log, ack_wait).await);
    let started = Instant::now();
    let first = next(&mut one).await;
    next(&mut two).await.done().await.unwrap();
    // Far longer than ack_wait: nobody else may get the first job.
    assert!(timeout(ack_wait * 4, two.next()).await.is_err());
    assert!(started.elapsed() > ack_wait * 3);
    first.done().await.unwrap();
    assert!(timeout(ack_wait * 2, two.next()).await.is_err());
}

#[tokio::test]
async fn a_job_given_back_comes_again_after_its_delay() {
    let (_server, log) = new_log().await;
    executor(&log)
        .execute("a", AccountCommand::Add(1), command(1))
        .await
        .unwrap();
    let mut queue = queue(&log, Duration::from_secs(30)).await;
    let job = next(&mut queue).await;
    let given_back = Instant::now();
    job.retry_after(Duration::from_millis(400)).await.unwrap();
    let again = next(&mut queue).await;
    assert!(given_back.elapsed() >= Duration::from_millis(390));
    assert_eq!(again.delivered, 2);
    again.done().await.unwrap();
}

#[tokio::test]
async fn a_job_is_given_out_at_once_although_the_queue_was_idle() {
    let (_server, log) = new_log().await;
    let mut queue = queue(&log, Duration::from_secs(30)).await;
    // A task of its own: nothing but the job wakes it.
    let waiting = tokio::spawn(async move {
        let job = queue.next().await;
        (Instant::now(), job)
    });
    // Idle time is what this is about: longer than a heartbeat, shorter than a request for a job.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let appended = Instant::now();
    executor(&log)
        .execute("a", AccountCommand::Add(1), command(1))
        .await
        .unwrap();
    let (taken, job) = timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(job.delivered, 1, "the first delivery was lost");
    let late = taken.duration_since(appended);
    assert!(late < Duration::from_secs(1), "{late:?}");
    job.done().await.unwrap();
}

#[tokio::test]
async fn the_queue_survives_a_crash_of_the_server() {
    let (mut server, log) = new_log().await;
    let mut queue = queue(&log, Duration::from_secs(2)).await;
    executor(&log)
        .execute("a", AccountCommand::Add(1), command(1))
        .await
        .unwrap();
    let first = next(&mut queue).await;
    server.kill9().unwrap();
    server.restart().await.unwrap();
    executor(&log)
        .execute("a", AccountCommand::Add(1), command(2))
        .await
        .unwrap();
    let mut done = vec![];
    // The first job may be given out again, because the crash may have lost its lease.
    drop(first);
    while done.len() < 2 {
        let job = next(&mut queue).await;
        let sequence = job.commit.position.sequence;
        if job.done().await.is_ok() && !done.contains(&sequence) {
            done.push(sequence);
        }
    }
    done.sort_unstable();
    assert_eq!(done, [1, 2]);
}

#[tokio::test]
async fn a_queue_that_may_go_goes_when_nobody_asks_and_begins_anew() {
    let (server, log) = new_log().await;
    for number in 0..3 {
        executor(&log)
            .execute("a", AccountCommand::Add(1), command(number))
            .await
            .unwrap();
    }
    let passing = async || passing(&log, Duration::from_millis(500)).await;
    let mut queue = passing().await;
    for _ in 0..2 {
        next(&mut queue).await.done().await.unwrap();
    }
    drop(queue);
    // Soon enough it goes on where it was.
    let mut queue = passing().await;
    let job = next(&mut queue).await;
    assert_eq!(job.commit.position.sequence, 3);
    job.done().await.unwrap();
    queue.close().await;
    let context = async_nats::jetstream::new(server.client().await.unwrap());
    let stream = context.get_stream(crate::account::STREAM).await.unwrap();
    let files = consumers_directory(&server).join("passing");
    assert!(files.exists(), "{}", files.display());
    testkit::eventually("the queue to be gone", || async {
        stream.consumer_info("passing").await.is_err().then_some(())
    })
    .await;
    // Until its files are gone too, whoever asks for the queue may find it where it was.
    testkit::eventually("its files to be gone", || async {
        (!files.exists()).then_some(())
    })
    .await;
    let mut queue = passing().await;
    assert_eq!(next(&mut queue).await.commit.position.sequence, 1);
}

#[tokio::test]
async fn a_queue_that_the_server_clears_away_can_be_asked_for_again_and_again() {
    let (server, log) = new_log().await;
    let context = async_nats::jetstream::new(server.client().await.unwrap());
    let stream = context.get_stream(crate::account::STREAM).await.unwrap();
    for _ in 0..12 {
        drop(passing(&log, Duration::from_mins(1)).await);
        let gone = tokio::spawn({
            let stream = stream.clone();
            async move { stream.delete_consumer("passing").await }
        });
        while stream.consumer_info("passing").await.is_ok() {}
        drop(passing(&log, Duration::from_mins(1)).await);
        gone.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_queue_is_opened_while_the_server_still_clears_away_the_one_before_it() {
    let (server, log) = new_log().await;
    let context = async_nats::jetstream::new(server.client().await.unwrap());
    let stream = context.get_stream(crate::account::STREAM).await.unwrap();
    for last in 1..=20 {
        drop(queue(&log, Duration::from_secs(30)).await);
        let gone = tokio::spawn({
            let stream = stream.clone();
            async move { stream.delete_consumer("workers").await }
        });
        while stream.consumer_info("workers").await.is_ok() {}
        let mut queue = queue(&log, Duration::from_secs(30)).await;
        executor(&log)
            .execute("a", AccountCommand::Add(1), command(last))
            .await
            .unwrap();
        // It begins anew or goes on where the one before it was; it leaves out nothing that was not done.
        let first = next(&mut queue).await;
        let begins = first.commit.position.sequence;
        assert!(begins <= last, "{begins} of {last}");
        first.done().await.unwrap();
        for sequence in begins + 1..=last {
            let job = next(&mut queue).await;
            assert_eq!(job.commit.position.sequence, sequence);
            job.done().await.unwrap();
        }
        gone.await.unwrap().unwrap();
        stream.delete_consumer("workers").await.unwrap();
    }
}
