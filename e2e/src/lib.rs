//! A whole system for one test: nats-server, PostgreSQL, `drape serve` and try-on workers, all of them real processes
//! on free ports of 127.0.0.1, gone when the test ends.

mod client;
mod log_alone;
mod people;
mod process;
mod servers;
mod sse;
mod system;
mod views;

pub use self::{
    client::{Answer, Client, garment},
    log_alone::LogAlone,
    process::Process,
    servers::{Detours, OPERATOR_PASSWORD, Servers},
    sse::{ServerEvent, SseStream},
    system::{Options, System, photo},
    views::{Documents, archived, folded, stored},
};
