//! Readers: everything, in order, once.

use std::time::{Duration, Instant};

use futures::StreamExt;
use jetstream_es::{Commit, SubjectFilter};
use tokio::time::timeout;

use crate::account::{AccountCommand, command, executor, new_log, patient};

#[tokio::test]
async fn pages_cover_the_log_without_gap_or_overlap() {
    let (_server, log) = new_log().await;
    let executor = executor(&log);
    for number in 0..40 {
        executor
            .execute(
                &format!("a{}", number % 4),
                AccountCommand::Add(1),
                command(number),
            )
            .await
            .unwrap();
    }
    for filter in [
        SubjectFilter::all(),
        SubjectFilter::aggregate_type("bank.account"),
        SubjectFilter::aggregate("bank.account", "a1"),
        SubjectFilter::any_of(&[
            SubjectFilter::aggregate("bank.account", "a1"),
            SubjectFilter::aggregate("bank.account", "a2"),
        ]),
        SubjectFilter::aggregate("bank.account", "none"),
    ] {
        let whole = log.read(0, &filter, 1_000).await.unwrap();
        assert_eq!(whole.through, 40);
        let mut pieces = Vec::new();
        let mut after = 0;
        while after < 40 {
            let page = log.read(after, &filter, 3).await.unwrap();
            assert!(page.through > after && page.commits.len() <= 3);
            after = page.through;
            pieces.extend(sequences(&page.commits));
        }
        assert_eq!(pieces, sequences(&whole.commits));
        assert!(whole.commits.iter().all(|commit| filter.matches(commit)));
    }
    assert_eq!(
        log.read(40, &SubjectFilter::all(), 5)
            .await
            .unwrap()
            .through,
        40
    );
    assert!(
        log.read(0, &SubjectFilter::aggregate("bank.account", "*"), 5)
            .await
            .is_err()
    );
    assert_eq!(
        log.commit_at(41)
            .await
            .unwrap()
            .map(|commit| commit.position),
        None
    );
}

#[tokio::test]
async fn a_filtered_follower_sees_only_its_commits() {
    let (_server, log) = new_log().await;
    let executor = executor(&log);
    let mut following = Box::pin(log.follow(1, SubjectFilter::aggregate("bank.account", "b")));
    for (number, id) in ["b", "a", "b", "a", "b"].into_iter().enumerate() {
        executor
            .execute(id, AccountCommand::Add(1), command(number))
            .await
            .unwrap();
    }
    let seen = take(&mut following, 2).await;
    assert_eq!(sequences(&seen), [3, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_follower_goes_on_within_seconds_after_crashes_under_load() {
    let (mut server, log) = new_log().await;
    let writer = patient(&log, Duration::from_secs(30));
    let writing = tokio::spawn(async move {
        for number in 0..600 {
            writer
                .execute(
                    &format!("a{}", number % 7),
                    AccountCommand::Add(1),
                    command(number),
                )
                .await
                .unwrap();
        }
    });
    let mut following = Box::pin(log.follow(0, SubjectFilter::all()));
    let mut seen = take(&mut following, 50).await;
    for upto in [51, 300] {
        seen.extend(take(&mut following, upto - seen.len()).await);
        server.kill9().unwrap();
        server.restart().await.unwrap();
        let back = Instant::now();
        // What was on its way may still arrive; a commit made after the restart must come soon.
        let newest = seen.len() + 20;
        seen.extend(take(&mut following, newest - seen.len()).await);
        assert!(
            back.elapsed() < Duration::from_secs(5),
            "back after {:?}",
            back.elapsed()
        );
    }
    writing.await.unwrap();
    seen.extend(take(&mut following, 600 - seen.len()).await);
    assert_eq!(sequences(&seen), (1..=600).collect::<Vec<u64>>());
    let nothing_more = timeout(Duration::from_millis(300), following.next()).await;
    assert!(nothing_more.is_err());
}

async fn take(
    following: &mut (impl futures::Stream<Item = Commit> + Unpin),
    count: usize,
) -> Vec<Commit> {
    let taken = timeout(
        Duration::from_mins(1),
        following.take(count).collect::<Vec<_>>(),
    )
    .await;
    taken.expect("the follower delivers")
}

fn sequences(commits: &[Commit]) -> Vec<u64> {
    commits
        .iter()
        .map(|commit| commit.position.sequence)
        .collect()
}
