//! `drape archive`: the second copy of the log.

use std::{fmt::Write as _, process::ExitCode, time::Instant};

use clap::Subcommand;
use projector::{ArchiveVerified, restore_log, verify_archive};

use crate::{cli, config::Config, connect, progress::Progress};

#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Proves the archive's chain, and that the log holds the same; names the first wrong position.
    Verify,
    /// Puts into the log what it lacks, at exactly the old positions, and proves it. The log must be empty or end early,
    /// and nothing else may write.
    Restore {
        /// Only up to and with this sequence: for a drill, or to look at an earlier history, in an empty log elsewhere.
        #[arg(long, value_name = "SEQUENCE")]
        to: Option<u64>,
    },
}

/// Does it and says what was found.
pub(crate) async fn run(config: &Config, command: &ArchiveCommand) -> anyhow::Result<ExitCode> {
    let (_client, log) = connect::event_log(config).await?;
    let pool = connect::pool(config)?;
    let progress = Progress::new();
    match command {
        ArchiveCommand::Verify => {
            let tell = |at, of| progress.tell("proving the archive", at, of);
            let proved = verify_archive(&pool, &log, tell).await?;
            drop(progress);
            let mut text = in_words(&proved);
            if proved.logged > proved.archived {
                let missing = proved.logged - proved.archived;
                writeln!(text, "the log's last {missing} are not archived yet")?;
            }
            cli::print(&text)
        }
        ArchiveCommand::Restore { to } => {
            let begun = Instant::now();
            let tell = |what, at, of| progress.tell(what, at, of);
            let proved = restore_log(&pool, &log, *to, tell).await?;
            drop(progress);
            let (text, seconds) = (in_words(&proved), begun.elapsed().as_secs_f64());
            let (epoch, archived) = (log.epoch(), proved.archived);
            let state = if to.is_some() {
                format!("the log is as it was at {archived}, with epoch {epoch}")
            } else {
                format!(
                    "the log is whole again, with epoch {epoch}; `drape projections adopt-epoch` lets the views go on"
                )
            };
            cli::print(&format!(
                "{text}{state}\nproved, restored and proved again in {seconds:.1} s\n"
            ))
        }
    }
}

fn in_words(proved: &ArchiveVerified) -> String {
    format!(
        "{} messages are as they were chained, and the log holds the same\nhash at the end: {}\n",
        proved.archived,
        hex::encode(&proved.head)
    )
}
