//! Replays on a real nats-server.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

mod exporting;
mod forged;
mod verifying;
