//! `drape doctor hunt`, as whoever installed the binary runs it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail in its helpers too"
)]

use e2e::{Options, Process, System};
use futures::TryStreamExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_short_hunt_finds_nothing_skipped_or_doubled() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("hunt.log");
    let args = ["doctor", "hunt", "--secs", "10", "--kills", "4"];
    Process::run("drape", &args, &[], &log).await.unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    found_nothing(&said);
    assert!(said.contains("4 kills"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hunt_on_the_configured_servers_leaves_nothing_behind() {
    let system = System::start(Options::default()).await.unwrap();
    let args = [
        "doctor",
        "hunt",
        "--configured",
        "--secs",
        "4",
        "--kills",
        "2",
    ];
    let said = system.drape_command_as_superuser(&args).await.unwrap();
    found_nothing(&said);
    let context = async_nats::jetstream::new(system.nats.client().await.unwrap());
    let streams: Vec<String> = context.stream_names().try_collect().await.unwrap();
    assert!(streams.contains(&"DRAPE_EVENTS".to_owned()));
    assert!(
        !streams.iter().any(|name| name.contains("HUNT")),
        "{streams:?}"
    );
}

fn found_nothing(said: &str) {
    let consumers: Vec<Vec<&str>> = said
        .lines()
        .filter(|line| {
            line.starts_with("live tail") || line.starts_with("SSE") || line.starts_with("view")
        })
        .map(|line| line.split_whitespace().rev().take(5).collect())
        .collect();
    assert_eq!(consumers.len(), 7, "{said}");
    for consumer in consumers {
        let [reordered, doubled, skipped, delivered, committed] = consumer[..] else {
            panic!("{said}");
        };
        assert_eq!([reordered, doubled, skipped], ["0", "0", "0"], "{said}");
        assert_eq!(delivered, committed, "{said}");
        assert!(delivered.parse::<u64>().unwrap() > 50, "{said}");
    }
}
