//! Counting: what was committed, and what each consumer got of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    time::{Duration, Instant},
};

use jetstream_es::{EventLog, SubjectFilter};
use sqlx::{Connection, PgConnection};

use super::{consumers::Consumers, writers::Written};

/// What one consumer got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    consumer: String,
    committed: usize,
    delivered: usize,
    skipped: usize,
    doubled: usize,
    /// Came after something later.
    reordered: usize,
}

impl Tally {
    /// Holds what came against what should have come.
    fn of<T: Ord>(consumer: &str, expected: &BTreeSet<T>, came: &[T]) -> Self {
        let distinct: BTreeSet<&T> = came.iter().collect();
        let skipped = expected.iter().filter(|wanted| !distinct.contains(wanted));
        Self {
            consumer: consumer.to_owned(),
            committed: expected.len(),
            delivered: came.len(),
            skipped: skipped.count(),
            doubled: came.len() - distinct.len(),
            reordered: 0,
        }
    }

    fn in_order<T: Ord>(mut self, came: &[T]) -> Self {
        self.reordered = came.windows(2).filter(|pair| pair[1] < pair[0]).count();
        self
    }

    /// Whether nothing is missing and nothing is too much.
    pub(super) fn is_clean(&self) -> bool {
        self.skipped + self.doubled + self.reordered == 0 && self.delivered == self.committed
    }
}

/// Counts everything; gives the views the time to catch up.
pub(super) async fn count(
    log: &EventLog,
    written: &Written,
    consumers: &Consumers,
    database: &str,
    patience: Duration,
) -> anyhow::Result<Vec<Tally>> {
    let (mut sequences, mut added) = (BTreeSet::new(), vec![]);
    let mut after = 0;
    let last = log.last_sequence().await?;
    while after < last {
        let page = log.read(after, &SubjectFilter::all(), 5_000).await?;
        for commit in &page.commits {
            sequences.insert(commit.position.sequence);
            added.extend(commit.events.iter().map(|_| commit.aggregate_id.clone()));
        }
        after = page.through;
    }
    let in_log: BTreeSet<String> = added.iter().cloned().collect();
    // A commit whose answer was never heard is no double: only what is there twice is.
    let acknowledged: BTreeSet<String> = written.ids().into_iter().collect();
    let mut log_tally = Tally::of("log, of what was acknowledged", &acknowledged, &added);
    log_tally.delivered = acknowledged
        .iter()
        .filter(|id| in_log.contains(*id))
        .count();
    let mut tallies = vec![log_tally];
    for (name, told) in consumers.told() {
        tallies.push(Tally::of(name, &sequences, &told).in_order(&told));
    }
    tallies.extend(views(database, &in_log, patience).await?);
    Ok(tallies)
}

/// Each garment must be in each view, and its page must have counted one event.
async fn views(
    database: &str,
    expected: &BTreeSet<String>,
    patience: Duration,
) -> anyhow::Result<Vec<Tally>> {
    let deadline = Instant::now() + patience;
    loop {
        let mut connection = PgConnection::connect(database).await?;
        let cards: Vec<String> = sqlx::query_scalar("SELECT id::text FROM drape.garment_card")
            .fetch_all(&mut connection)
            .await?;
        let pages: Vec<(String, i64)> = sqlx::query_as(
            "SELECT id::text, (document::json ->> 'version')::bigint FROM drape.garment_page",
        )
        .fetch_all(&mut connection)
        .await?;
        connection.close().await?;
        let versions: BTreeMap<&str, i64> = pages
            .iter()
            .map(|(id, version)| (id.as_str(), *version))
            .collect();
        let mut page_tally = Tally::of(
            "view garment_page",
            expected,
            &versions
                .keys()
                .map(|id| (*id).to_owned())
                .collect::<Vec<_>>(),
        );
        // An event that was applied twice shows in the count of events, not in the number of rows.
        page_tally.doubled += versions.values().filter(|version| **version > 1).count();
        let tallies = vec![Tally::of("view garment_card", expected, &cards), page_tally];
        if tallies.iter().all(Tally::is_clean) || Instant::now() > deadline {
            return Ok(tallies);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The figures, one consumer a line.
pub(super) fn table(tallies: &[Tally]) -> String {
    let mut text = format!(
        "{:34} {:>10} {:>10} {:>8} {:>8} {:>10}\n",
        "consumer", "committed", "delivered", "skipped", "doubled", "reordered"
    );
    for tally in tallies {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:34} {:>10} {:>10} {:>8} {:>8} {:>10}",
            tally.consumer,
            tally.committed,
            tally.delivered,
            tally.skipped,
            tally.doubled,
            tally.reordered
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_doubled_or_late_is_counted() {
        let expected: BTreeSet<u64> = (1..=5).collect();
        let tally = |came: &[u64]| {
            let tally = Tally::of("c", &expected, came).in_order(came);
            (
                tally.skipped,
                tally.doubled,
                tally.reordered,
                tally.is_clean(),
            )
        };
        assert_eq!(tally(&[1, 2, 3, 4, 5]), (0, 0, 0, true));
        assert_eq!(tally(&[1, 2, 4, 5]), (1, 0, 0, false));
        assert_eq!(tally(&[1, 2, 2, 3, 4, 5]), (0, 1, 0, false));
        assert_eq!(tally(&[1, 3, 2, 4, 5]), (0, 0, 1, false));
    }
}
