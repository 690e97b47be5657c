//! The sign-in as clients meet it, with a real nats-server and a real PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail in its helpers too"
)]

mod access_tokens;
mod accounts;
mod api_keys;
mod decisions;
mod erasure;
mod people;
mod recognition;
mod recovery;
mod second_factors;
mod sessions;
mod sign_up;
mod support;
