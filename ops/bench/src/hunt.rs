//! The loss hunt: what does each store's own subscription never deliver while many write? The peers' and ours, one after another
//! on the same machine; ours a second time with kills.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};
use testkit::{Postgres, PostgresOptions};
use tokio::{process::Command, time::timeout};

use crate::{
    peers::{Servers, TAILS},
    report::{Report, Row, Wanted, say},
};

/// `ops/bench/hunt`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How long each writes, in seconds.
    #[arg(long, default_value_t = 8)]
    secs: u64,
    /// Writers at once.
    #[arg(long, default_value_t = 32)]
    writers: usize,
    /// Half a minute each.
    #[arg(long)]
    full: bool,
    /// Ours alone: nothing of the others has to be installed.
    #[arg(long)]
    ours: bool,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("hunt");
    let time = Duration::from_secs(if options.full { 30 } else { options.secs });
    let mut rows = vec![];
    let mut lost = 0;
    for kills in [0, 4] {
        say(&format!("drape doctor hunt, {kills} kills"));
        let found = ours(time, options.writers, kills).await?;
        lost += found
            .iter()
            .map(|row| of(row, "skipped") + of(row, "doubled"))
            .sum::<u64>();
        rows.extend(found);
    }
    report.goal(
        "skipped or doubled by ours",
        Wanted::AtMost(0.0),
        lost as f64,
    );
    if !options.ours {
        let postgres = Postgres::start_with(PostgresOptions { durable: true }).await?;
        let servers = Servers::start(&postgres).await?;
        for peer in TAILS {
            say(peer.name);
            let found = peer.hunt(&servers, options.writers, time).await?;
            rows.push(row(
                peer.name,
                [
                    found.committed,
                    found.delivered,
                    found.skipped,
                    found.doubled,
                ],
            ));
        }
    }
    report.table(
        format!("{} writers for {time:?} each", options.writers),
        rows,
    );
    report.end()
}

fn row(consumer: &str, [committed, delivered, skipped, doubled]: [u64; 4]) -> Row {
    vec![
        ("consumer", json!(consumer)),
        ("committed", json!(committed)),
        ("delivered", json!(delivered)),
        ("skipped", json!(skipped)),
        ("doubled", json!(doubled)),
    ]
}

fn of(row: &Row, column: &str) -> u64 {
    let found = row.iter().find(|(name, _)| *name == column);
    found
        .and_then(|(_, value)| Value::as_u64(value))
        .unwrap_or(0)
}

/// The hunt that is in the shipped program, on servers of its own.
async fn ours(time: Duration, writers: usize, kills: u32) -> anyhow::Result<Vec<Row>> {
    let program = std::env::current_exe()?.with_file_name("drape");
    let done = Command::new(&program)
        .args(["doctor", "hunt", "--secs", &time.as_secs().to_string()])
        .args([
            "--writers",
            &writers.to_string(),
            "--kills",
            &kills.to_string(),
        ])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output();
    let done = timeout(time + Duration::from_mins(4), done).await;
    let done = done.context("the hunt takes too long")??;
    let said = String::from_utf8(done.stdout)?;
    let title = if kills == 0 {
        "drape".to_owned()
    } else {
        format!("drape, {kills} kills")
    };
    let rows: Vec<Row> = said
        .lines()
        .filter_map(|line| parse(&title, line))
        .collect();
    ensure!(!rows.is_empty(), "drape doctor hunt said {said:?}");
    Ok(rows)
}

/// A line of its table: a name, and committed, delivered, skipped, doubled and reordered.
fn parse(title: &str, line: &str) -> Option<Row> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (name, figures) = words.split_at_checked(words.len().checked_sub(5)?)?;
    let figures: Vec<u64> = figures
        .iter()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [committed, delivered, skipped, doubled, _reordered] = *figures.as_slice() else {
        return None;
    };
    let name = format!("{title}: {}", name.join(" "));
    Some(row(&name, [committed, delivered, skipped, doubled]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_table_are_read_and_others_are_not() {
        let line = "live tail, begun anew every 2 s    13093   13092   1   2   0";
        let found = parse("drape", line).unwrap();
        assert_eq!(found[0].1, "drape: live tail, begun anew every 2 s");
        assert_eq!(
            (
                of(&found, "committed"),
                of(&found, "skipped"),
                of(&found, "doubled")
            ),
            (13_093, 1, 2)
        );
        assert!(
            parse(
                "drape",
                "consumer committed delivered skipped doubled reordered"
            )
            .is_none()
        );
        assert!(parse("drape", "6 kills: gateway 2, projector 2").is_none());
    }
}
