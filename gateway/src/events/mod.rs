//! `drape events`: the log for analysts, on the command line.

mod arguments;
mod bar;
mod count;
mod export;
mod schema;
mod tail;
mod verify;

use std::process::ExitCode;

pub(crate) use self::arguments::EventsCommand;
use crate::{config::Config, connect};

/// What needs neither configuration nor servers.
pub(crate) fn run_alone(command: &EventsCommand) -> Option<anyhow::Result<ExitCode>> {
    match command {
        EventsCommand::Schema(arguments) => Some(schema::run(arguments)),
        EventsCommand::Tail { .. }
        | EventsCommand::Export { .. }
        | EventsCommand::Count { .. }
        | EventsCommand::Verify => None,
    }
}

/// Runs one of them against the log.
pub(crate) async fn run(config: &Config, command: EventsCommand) -> anyhow::Result<ExitCode> {
    let (_client, log) = connect::event_log(config).await?;
    match command {
        EventsCommand::Schema(arguments) => schema::run(&arguments),
        EventsCommand::Tail { filter } => tail::run(&log, &filter).await,
        EventsCommand::Export {
            filter,
            format,
            into,
        } => export::run(&log, filter, format, into).await,
        EventsCommand::Count { filter, by_type } => count::run(&log, &filter, by_type).await,
        EventsCommand::Verify => verify::run(&log).await,
    }
}
