//! `drape projections`.

use std::{fmt::Write as _, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Subcommand;
use jetstream_es::EventLog;
use projector::{
    Decider, Projection, ProjectorOptions, adopt_epoch, cancel_rebuild, pause, projections,
    rebuild_here, request_rebuild, resume,
};
use sqlx::PgPool;
use tokio::time::sleep;

use crate::{cli, config::Config, connect, progress::Progress};

/// Whoever has the configuration, and with it the servers: no account.
const OPERATOR: &str = "operator";

#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionsCommand {
    /// How far each view is, how it is doing, and what it could not apply.
    List,
    /// Builds a view anew beside the live one, compares both, and switches. The running projector does it, else this
    /// command.
    Rebuild {
        /// The view's name.
        view: String,
        /// Calls a rebuild off instead; nothing of it stays.
        #[arg(long)]
        cancel: bool,
    },
    /// Holds a view where it is. Reads go on.
    Pause {
        /// The view's name.
        view: String,
    },
    /// Lets a paused view go on.
    Resume {
        /// The view's name.
        view: String,
    },
    /// After a restore of the log: proves at each checkpoint that it is the same log, and takes its new epoch over.
    AdoptEpoch,
}

/// Does it and says what came of it.
pub(crate) async fn run(config: &Config, command: &ProjectionsCommand) -> anyhow::Result<ExitCode> {
    let (_client, log) = connect::event_log(config).await?;
    let pool = connect::pool(config)?;
    let by = Decider::new(OPERATOR);
    match command {
        ProjectionsCommand::List => cli::print(&table(&projections(&pool, &log).await?)?),
        ProjectionsCommand::Rebuild { view, cancel: true } => {
            let cancelled = cancel_rebuild(&pool, view, &by).await?;
            let word = if cancelled {
                "called off"
            } else {
                "none was under way"
            };
            cli::print(&format!("rebuild of {view}: {word}\n"))
        }
        ProjectionsCommand::Rebuild {
            view,
            cancel: false,
        } => rebuild(&log, &pool, view, &by).await,
        ProjectionsCommand::Pause { view } => {
            pause(&pool, view, &by).await?;
            cli::print(&format!("{view} is paused\n"))
        }
        ProjectionsCommand::Resume { view } => {
            resume(&pool, view, &by).await?;
            cli::print(&format!("{view} goes on\n"))
        }
        ProjectionsCommand::AdoptEpoch => {
            let adopted = adopt_epoch(&pool, &log).await?;
            let mut text = String::new();
            for (view, sequence) in &adopted.views {
                writeln!(text, "{view} at {sequence}: the log holds what it has seen")?;
            }
            if let Some(sequence) = adopted.archive {
                writeln!(
                    text,
                    "archive at {sequence}: the log holds what it has seen"
                )?;
            }
            writeln!(
                text,
                "the epoch is {} now; start the projector",
                adopted.epoch
            )?;
            cli::print(&text)
        }
    }
}

async fn named(pool: &PgPool, log: &EventLog, view: &str) -> anyhow::Result<Projection> {
    let all = projections(pool, log).await?;
    let found = all.into_iter().find(|found| found.view == view);
    found.with_context(|| format!("there is no view {view}"))
}

/// Asks for it, and watches the projector or does its work.
async fn rebuild(
    log: &EventLog,
    pool: &PgPool,
    view: &str,
    by: &Decider,
) -> anyhow::Result<ExitCode> {
    request_rebuild(pool, view, by).await?;
    let progress = Progress::new();
    let rebuild = loop {
        let found = named(pool, log, view).await?;
        let rebuild = found.rebuild.context("nobody asked for a rebuild")?;
        if !["requested", "building"].contains(&rebuild.state.as_str()) {
            break rebuild;
        }
        // There is no projector, or it has died since it was asked.
        if found.state == "stopped" {
            let options = ProjectorOptions::default();
            let tell = |at, of| progress.tell("building", at, of);
            rebuild_here(log.clone(), pool.clone(), options, view, tell).await?;
            continue;
        }
        progress.tell("building", rebuild.sequence.unwrap_or(0), rebuild.target);
        sleep(Duration::from_millis(200)).await;
    };
    drop(progress);
    let mut text = format!("rebuild of {view}: {}\n", rebuild.state);
    if let Some(failure) = rebuild.failure {
        writeln!(text, "{failure}")?;
    }
    for table in rebuild.comparison.iter().flat_map(|found| &found.tables) {
        let (name, differing) = (&table.table, table.differing);
        writeln!(
            text,
            "{name}: {differing} rows were not as the log says {}",
            table.keys.join(" ")
        )?;
    }
    cli::print(&text)?;
    Ok(if rebuild.state == "done" {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn table(projections: &[Projection]) -> anyhow::Result<String> {
    let mut text = format!(
        "{:<14} {:>3}  {:<9} {:<28} {:>10} {:>9} {:>6} {:>6}  rebuild\n",
        "view", "v", "state", "position", "lag", "lag s", "parked", "held"
    );
    for found in projections {
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let rebuild = found.rebuild.as_ref().map(|rebuild| {
            let at = rebuild
                .sequence
                .map(|at| format!(" {at}/{}", rebuild.target));
            format!("{}{}", rebuild.state, at.unwrap_or_default())
        });
        writeln!(
            text,
            "{:<14} {:>3}  {:<9} {:<28} {:>10} {:>9} {:>6} {:>6}  {}",
            found.view,
            or_dash(found.version.map(|version| version.to_string())),
            found.state,
            or_dash(found.position.as_ref().map(ToString::to_string)),
            or_dash(found.lag_commits.map(|lag| lag.to_string())),
            or_dash(found.lag_seconds.map(|lag| format!("{lag:.1}"))),
            found.parked,
            found.held,
            or_dash(rebuild)
        )?;
        if let Some(reason) = &found.reason {
            writeln!(text, "    {reason}")?;
        }
    }
    Ok(text)
}
