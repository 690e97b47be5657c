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
    people::PASSWORD,
    process::Process,
    servers::{Detours, NATS_PASSWORD, Servers, shipped_permissions},
    sse::{ServerEvent, SseStream},
    system::{INTERNAL_TOKEN, Options, System, demo_picture, photo},
    views::{Documents, archived, folded, stored, views_as_the_log_says},
};
