//! `drape views at`: the read models as they stood then, in another database.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use jetstream_es::{EventLog, Position};
use projector::{AsOf, ProjectorOptions, views_at};
use sqlx::postgres::PgPoolOptions;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{cli, config::Config, connect, progress::Progress};

#[derive(Debug, Subcommand)]
pub(crate) enum ViewsCommand {
    /// Builds every view as it stood then into an empty database.
    At {
        /// A position (`<epoch>-<sequence>`), a sequence, or a time (RFC 3339).
        moment: String,
        /// The address of an empty database.
        #[arg(long)]
        into: String,
    },
}

/// Builds them and says where they stand.
pub(crate) async fn run(config: &Config, command: &ViewsCommand) -> anyhow::Result<ExitCode> {
    let ViewsCommand::At { moment, into } = command;
    let (_client, log) = connect::event_log(config).await?;
    let moment = parse(moment, &log)?;
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .connect(into)
        .await
        .context("the other database is out of reach")?;
    let progress = Progress::new();
    let tell = |view, at, of| progress.tell(view, at, of);
    let at = views_at(&log, &pool, moment, &ProjectorOptions::default(), tell).await?;
    drop(progress);
    cli::print(&format!("the views stand at {}\n", log.position(at)))
}

fn parse(text: &str, log: &EventLog) -> anyhow::Result<AsOf> {
    if let Ok(sequence) = text.parse() {
        return Ok(AsOf::Sequence(sequence));
    }
    if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(AsOf::Time(time));
    }
    let position: Position = text
        .parse()
        .context("neither a position nor a sequence nor a time (RFC 3339)")?;
    if position.epoch != *log.epoch() {
        bail!(
            "the position is one of another log: this one has epoch {}",
            log.epoch()
        );
    }
    Ok(AsOf::Sequence(position.sequence))
}
