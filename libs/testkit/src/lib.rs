//! Real servers for tests: private nats-server and PostgreSQL processes on free ports of 127.0.0.1, and an authority of time (`openssl ts`).
//!
//! Each server lives in a temporary directory of its own and is stopped when its value is dropped. A small
//! watcher process beside each server holds a pipe to the test process: however the test ends (a panic, an abort,
//! `kill -9`), the pipe closes, the server is stopped and its directory removed.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let mut nats = testkit::NatsServer::start().await?;
//! let client = nats.client().await?;
//! nats.kill9()?; // as a crash would
//! nats.restart().await?; // same port, same store
//! # drop(client); Ok(())
//! # }
//! ```

mod nats;
mod postgres;
mod process;
mod time_authority;
mod wait;
mod zip;

pub use nats::{NatsServer, NatsServerOptions, Place, nats_server_binary};
pub use postgres::{Postgres, PostgresOptions};
pub use process::free_port;
pub use time_authority::{Manner, TimeAuthority, TimeStamps, Unfit};
pub use wait::{eventually, eventually_within};
pub use zip::{ZipEntry, zip};
