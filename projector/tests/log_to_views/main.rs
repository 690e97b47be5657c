//! Events in, rows out, on real servers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail in its helpers too"
)]

mod archiving;
mod deciding;
mod garments;
mod going_back;
mod looks;
mod losing_the_log;
mod parking;
mod pausing;
mod picks;
mod projecting;
mod rebuilding;
mod stock;
mod support;
mod wardrobe;
