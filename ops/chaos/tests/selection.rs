//! The selection that every change must pass: about a minute and a half of faults. `ops/chaos/run` has more.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail in its helpers too"
)]

use std::time::Duration;

use chaos::scenario::{Settings, run};

/// Runs a scenario with a seed that was chosen once: a failure here can be repeated.
async fn holds(scenario: &str, secs: u64) {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        seed: 20_261_124,
        time: Duration::from_secs(secs),
        directory: directory.path().to_owned(),
    };
    let report = run(scenario, &settings).await.unwrap();
    println!("{report}");
    assert!(report.is_good(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_killed_at_random_and_no_promise_is_broken() {
    holds("kill-storm", 15).await;
}
