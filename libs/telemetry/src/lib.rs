//! Logs of a process and the chain of an error's causes. Knows nothing of what is logged.
//!
//! ```
//! telemetry::init(telemetry::LogFormat::Text, "info")?;
//! tracing::info!("ready");
//! # Ok::<(), telemetry::InitError>(())
//! ```

mod chain;
mod init;

pub use self::{
    chain::{Chain, chain},
    init::{InitError, LogFormat, UnknownLogFormat, init},
};
