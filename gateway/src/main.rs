//! The binary `drape`: the modular monolith. The only place that reads configuration and composes the roles.

mod archive;
mod cli;
mod config;
mod connect;
mod doctor;
mod engine;
mod events;
mod export;
mod http;
mod hunt;
mod import;
mod openapi;
mod progress;
mod projections;
mod seed;
mod serve;
mod time_authority;
mod views_at;

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use tracing::debug;

use crate::{
    cli::{Arguments, Command, Examination},
    config::Config,
};

// glibc keeps the memory of decoded pictures until the process dies of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Memory is had by the page, for as long as this process lives.
///
/// mimalloc asks for huge pages, of two MiB, where the system lets it. Of the two buffers of eight KiB that hyper has for each connection a
/// live stream touches the first half: a huge page holds the rest too, half as much again as all that a stream needs.
fn small_pages() {
    if let Err(error) = nix::sys::prctl::set_thp_disable(true) {
        debug!("huge pages stay as they are: {error}");
    }
}

/// A command that answers and ends says nothing beside its answer, unless it is told to.
fn log_filter<'a>(config: &'a Config, command: &Command) -> &'a str {
    let lasts = matches!(
        command,
        Command::Serve { .. } | Command::Migrate | Command::Seed { .. }
    );
    if lasts || config.log.filter != "info" {
        &config.log.filter
    } else {
        "warn"
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // These need neither configuration nor servers.
    match &arguments.command {
        Command::Openapi => return cli::print(&openapi::text()?),
        Command::Config => return cli::print(&config::describe()),
        Command::Asyncapi => return cli::print(&openapi::events_text()?),
        Command::Events { command } => {
            if let Some(done) = events::run_alone(command) {
                return done;
            }
        }
        Command::Serve { .. }
        | Command::Migrate
        | Command::Seed { .. }
        | Command::Import(_)
        | Command::Export(_)
        | Command::Projections(_)
        | Command::Archive(_)
        | Command::Views(_)
        | Command::Doctor { .. } => {}
    }
    let config = Config::load(arguments.config.as_deref(), std::env::vars())?;
    telemetry::init(config.log.format, log_filter(&config, &arguments.command))?;
    small_pages();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Serve { roles } => {
                serve::run(config, &roles).await.map(|()| ExitCode::SUCCESS)
            }
            Command::Migrate => connect::migrate(&config).await.map(|()| ExitCode::SUCCESS),
            Command::Seed { data } => seed::run(&config, data.as_deref())
                .await
                .and_then(|done| cli::print(&done)),
            Command::Import(arguments) => import::run(&config, &arguments).await,
            Command::Export(command) => export::run(&config, &command).await,
            Command::Projections(command) => projections::run(&config, &command).await,
            Command::Archive(command) => archive::run(&config, &command).await,
            Command::Views(command) => views_at::run(&config, &command).await,
            Command::Doctor { examination: None } => doctor::run(&config).await,
            Command::Doctor {
                examination: Some(Examination::Hunt(options)),
            } => hunt::run(&config, &options).await,
            Command::Events { command } => events::run(&config, *command).await,
            Command::Openapi | Command::Asyncapi | Command::Config => Ok(ExitCode::SUCCESS),
        }
    });
    // What still runs on a thread of its own (a decoder) must not hold the process up.
    runtime.shutdown_timeout(Duration::from_millis(100));
    done
}
