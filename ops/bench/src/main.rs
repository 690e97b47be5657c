//! `ops/bench/*`: each command measures one thing beside what it is to be compared with, in the same run on the same machine,
//! prints tables with ratios, and writes them to `target/bench/<command>.json`.
//!
//! Every command starts servers of its own and ends by itself.
#![expect(
    clippy::cast_precision_loss,
    reason = "figures are for reading: no count here needs more than 52 bits"
)]

mod append;
mod beside;
mod capacity;
mod catalogue;
mod closed_loop;
mod cpu;
mod http;
mod hunt;
mod identity;
mod import;
mod load;
mod memory;
mod open_files;
mod peers;
mod pictures;
mod project;
mod raw_read;
mod rebuild;
mod replay;
mod report;
mod seed;
mod sse;
mod stand;
mod tryon;

use clap::{Parser, Subcommand};

/// Measures the system against what it stands on and against other event stores.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Commands a second, in process and over HTTP, against plain publishes and other event stores.
    Append(append::Options),
    /// How long an aggregate takes to load.
    Load(load::Options),
    /// Events a second into the views, against COPY; and how far behind they are.
    Project(project::Options),
    /// Events a second into a new generation of a view while reads are served.
    Rebuild(rebuild::Options),
    /// Events a second out of the log, against the raw stream read.
    Replay(replay::Options),
    /// What a log of many aggregates takes: memory and disk of nats-server.
    Capacity(capacity::Options),
    /// Reads of a catalogue a second: ours, Fastify's, `FastAPI`'s, and the statement alone.
    Catalogue(catalogue::Options),
    /// Processor time for pictures: ours, sharp and oximg.
    Pictures(pictures::Options),
    /// Styles a second out of a file, against plain publishes; and the memory that takes.
    Import(import::Options),
    /// Sign-ins a second against the hash alone, and what a session adds to a request.
    Identity(identity::Options),
    /// What a try-on costs, stage by stage, and its networks against onnxruntime.
    Tryon(tryon::Options),
    /// What many live streams take, against a broadcaster on Node and nginx with nchan.
    Sse(sse::Options),
    /// What subscriptions never deliver: ours and those of other event stores.
    Hunt(hunt::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().what {
        What::Append(options) => append::run(options).await,
        What::Load(options) => load::run(options).await,
        What::Project(options) => project::run(options).await,
        What::Rebuild(options) => rebuild::run(options).await,
        What::Replay(options) => replay::run(options).await,
        What::Capacity(options) => capacity::run(options).await,
        What::Catalogue(options) => catalogue::run(options).await,
        What::Pictures(options) => pictures::run(options).await,
        What::Import(options) => import::run(options).await,
        What::Identity(options) => identity::run(options).await,
        What::Tryon(options) => tryon::run(options).await,
        What::Sse(options) => sse::run(options).await,
        What::Hunt(options) => hunt::run(options).await,
    }
}
