//! The command line.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

use crate::events::EventsCommand;
use crate::{
    archive::ArchiveCommand, hunt::HuntOptions, projections::ProjectionsCommand,
    views_at::ViewsCommand,
};
use crate::{export::ExportCommand, import::ImportArguments};

/// A fashion catalogue with virtual try-on.
#[derive(Debug, Parser)]
#[command(name = "drape", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// A TOML file; the environment overrides it. `drape config` lists all keys.
    #[arg(long, global = true)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the roles of the monolith until it is told to stop.
    Serve {
        /// Which roles, with commas; all of them by default.
        #[arg(long, value_delimiter = ',', default_values_t = Role::ALL)]
        roles: Vec<Role>,
    },
    /// Brings the schema of the views up to date.
    Migrate,
    /// Fills the catalogue with the demo garments. Doing it again changes nothing.
    Seed {
        /// A directory with a catalogue.toml of your own.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Imports a catalogue: our JSONL or CSV, Shopify's product CSV, a Google Merchant feed (TSV, XML). The same file again
    /// changes nothing, so that what was cut off goes on when it is run again.
    Import(ImportArguments),
    /// Exports the catalogue to the same formats, as it stood at one position of the log.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Looks at the views, pauses them, builds them anew.
    #[command(subcommand)]
    Projections(ProjectionsCommand),
    /// Proves the archive of the log, and restores the log from it.
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// The views of an earlier moment.
    #[command(subcommand)]
    Views(ViewsCommand),
    /// Prints the API's document (OpenAPI 3.1).
    Openapi,
    /// Prints the event log's document (`AsyncAPI` 3.0).
    Asyncapi,
    /// Replays, exports and checks what happened.
    Events {
        #[command(subcommand)]
        command: Box<EventsCommand>,
    },
    /// Prints every configuration key with its default and meaning, as a TOML file.
    Config,
    /// Checks the servers that the configuration names, and says what to do.
    Doctor {
        #[command(subcommand)]
        examination: Option<Examination>,
    },
}

/// What the doctor can do besides looking.
#[derive(Debug, Subcommand)]
pub(crate) enum Examination {
    /// Hunts for lost and doubled events: writes, listens, kills what stands between, and counts.
    Hunt(HuntOptions),
}

/// A part of the monolith that can run in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Takes commands.
    CommandApi,
    /// Answers questions and streams what happens.
    QueryApi,
    /// Keeps the views up with the log.
    Projector,
    /// Makes renditions, and lends pictures to try-on workers.
    ImageProcessor,
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [
        Self::CommandApi,
        Self::QueryApi,
        Self::Projector,
        Self::ImageProcessor,
    ];
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CommandApi => "command-api",
            Self::QueryApi => "query-api",
            Self::Projector => "projector",
            Self::ImageProcessor => "image-processor",
        })
    }
}

/// Writes a command's result. A reader that went away is no failure.
pub(crate) fn print(text: &str) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Says why the program failed, with all causes.
pub(crate) fn complain(error: &anyhow::Error) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(
        std::io::stderr(),
        "drape: {}",
        telemetry::chain(error.as_ref())
    );
}
