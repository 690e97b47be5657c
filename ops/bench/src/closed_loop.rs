//! Closed-loop writers: each waits until its command is acknowledged, and then sends the next one.

use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::{task::JoinSet, time::timeout};

/// A command that takes longer than this has failed. Vendure's answers to 64 at once take most of a minute.
const PATIENCE: Duration = Duration::from_mins(3);

/// What the writers did in one round.
#[derive(Debug)]
pub(crate) struct Round {
    /// How long each command took, in microseconds.
    pub(crate) micros: Vec<u64>,
    /// How many were acknowledged in a second.
    pub(crate) per_second: f64,
}

/// Lets so many writers run `command` (given the writer's number) for that long. The first failure fails the round.
pub(crate) async fn closed_loop<F, R>(
    writers: usize,
    time: Duration,
    command: F,
) -> anyhow::Result<Round>
where
    F: Fn(usize) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = anyhow::Result<()>> + Send,
{
    let began = Instant::now();
    let end = began + time;
    let mut running = JoinSet::new();
    for writer in 0..writers {
        let command = command.clone();
        running.spawn(async move {
            let mut micros = Vec::new();
            let writing = async {
                while Instant::now() < end {
                    let sent = Instant::now();
                    command(writer).await?;
                    micros.push(in_micros(sent.elapsed()));
                }
                anyhow::Ok(())
            };
            let done = timeout(time + PATIENCE, writing).await;
            done.context("a command takes too long")??;
            anyhow::Ok(micros)
        });
    }
    let mut micros = Vec::new();
    while let Some(done) = running.join_next().await {
        micros.extend(done??);
    }
    let per_second = micros.len() as f64 / began.elapsed().as_secs_f64();
    Ok(Round { micros, per_second })
}

/// What many rounds found.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    rates: Vec<f64>,
    micros: Vec<u64>,
    /// p50 and p99 of rounds that were measured elsewhere, in microseconds.
    summaries: Vec<(f64, f64)>,
}

impl Rounds {
    pub(crate) fn add(&mut self, round: Round) {
        self.rates.push(round.per_second);
        self.micros.extend(round.micros);
    }

    /// A round that another program measured.
    pub(crate) fn add_summary(&mut self, per_second: f64, p50: Option<u64>, p99: Option<u64>) {
        self.rates.push(per_second);
        if let (Some(p50), Some(p99)) = (p50, p99) {
            self.summaries.push((p50 as f64, p99 as f64));
        }
    }

    /// The median round's rate.
    pub(crate) fn per_second(&self) -> f64 {
        median(&self.rates)
    }

    /// How long half of all commands took at most, in milliseconds; of rounds that were measured elsewhere, the median of theirs.
    pub(crate) fn p50_ms(&self) -> f64 {
        let elsewhere: Vec<f64> = self.summaries.iter().map(|(p50, _)| *p50).collect();
        (at(&self.micros, 0.5) as f64).max(median(&elsewhere)) / 1_000.0
    }

    /// The same of 99 in 100.
    pub(crate) fn p99_ms(&self) -> f64 {
        let elsewhere: Vec<f64> = self.summaries.iter().map(|(_, p99)| *p99).collect();
        (at(&self.micros, 0.99) as f64).max(median(&elsewhere)) / 1_000.0
    }
}

/// The middle one; 0 of none.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// What this share of all figures does not exceed; 0 of none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a length is a place in it"
)]
pub(crate) fn at(figures: &[u64], share: f64) -> u64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len() as f64 * share) as usize;
    let last = sorted.len().saturating_sub(1);
    sorted.get(place.min(last)).copied().unwrap_or(0)
}

/// Whole microseconds.
pub(crate) fn in_micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_figures_is_found_whatever_their_order() {
        let figures: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(at(&figures, 0.5), 51);
        assert_eq!(at(&figures, 0.99), 100);
        assert_eq!(at(&figures, 1.0), 100);
        assert_eq!(at(&[], 0.5), 0);
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }

    #[tokio::test]
    async fn a_failed_command_fails_the_round() {
        let time = Duration::from_millis(20);
        let failing = closed_loop(2, time, |writer| async move {
            tokio::task::yield_now().await;
            anyhow::ensure!(writer == 0, "no");
            Ok(())
        });
        assert!(failing.await.is_err());
    }
}
