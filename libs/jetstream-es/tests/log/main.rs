//! The promises of the event log, against a real nats-server.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod account;
mod appending;
mod evolving;
mod executing;
mod following;
mod grouping;
mod history;
mod opening;
mod outages;
mod queueing;
mod replicas;
mod restoring;
mod snapshots;
mod tailing;
