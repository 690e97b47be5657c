//! Its command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use replay::{FilterText, Format};

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Prints what happens from now on (or after --after) as lines of JSON, until it is stopped or --limit is reached.
    Tail {
        #[command(flatten)]
        filter: FilterText,
    },
    /// Writes events into a file (ndjson, csv) or a folder of typed columns by type and day (parquet).
    Export {
        #[command(flatten)]
        filter: FilterText,
        /// How to write them.
        #[arg(long, default_value = "ndjson")]
        format: Format,
        /// Where to: it must not exist yet, and appears when it is whole. `-` is standard output.
        #[arg(long, value_name = "PATH")]
        into: PathBuf,
    },
    /// Counts events.
    Count {
        #[command(flatten)]
        filter: FilterText,
        /// A line for each type.
        #[arg(long)]
        by_type: bool,
    },
    /// Lists all events, or prints one's JSON Schema.
    Schema(SchemaArguments),
    /// Checks the whole log: sequence, versions, schemas, checksums. Fails when something is wrong.
    Verify,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// An event's type, such as `PriceChanged`.
    pub(super) event_type: Option<String>,
    /// Its version.
    #[arg(default_value = "1")]
    pub(super) version: String,
    /// Print the catalogue for docs/events.md.
    #[arg(long, conflicts_with = "event_type")]
    pub(super) markdown: bool,
}
