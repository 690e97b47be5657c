//! Keeps a task running: its end is logged and it is started again, after a pause that grows.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::{error, warn};

const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A task that ran for this long was well: the next pause is short again.
const WELL: Duration = Duration::from_mins(1);

/// Runs what `start` makes, again and again, until `stop`. The task itself sees the stop too and ends by it.
pub(super) async fn supervise<F, T>(name: &'static str, stop: CancellationToken, start: F)
where
    F: Fn() -> T + Send,
    T: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let mut pause = SHORTEST_PAUSE;
    while !stop.is_cancelled() {
        let began = Instant::now();
        // A task of its own: a panic ends the task and not its keeper.
        let ended = AbortOnDropHandle::new(tokio::spawn(start())).await;
        if stop.is_cancelled() {
            return;
        }
        if began.elapsed() >= WELL {
            pause = SHORTEST_PAUSE;
        }
        match ended {
            Ok(Ok(())) => warn!("{name} ended by itself; it is started again"),
            Ok(Err(failure)) => {
                let why = telemetry::chain(failure.as_ref()).to_string();
                warn!(error = %why, "{name} failed and is started again: {why}");
            }
            Err(panic) => error!("{name} panicked and is started again: {panic}"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_fails_or_panics_is_started_again_until_the_stop() {
        let stop = CancellationToken::new();
        let (runs, ends) = (Arc::new(AtomicU32::new(0)), stop.clone());
        let counted = Arc::clone(&runs);
        supervise("test", stop, move || {
            let (run, ends) = (counted.fetch_add(1, Ordering::Relaxed), ends.clone());
            async move {
                match run {
                    0 => anyhow::bail!("failed"),
                    1 => panic!("panicked"),
                    2 => Ok(()),
                    _ => {
                        ends.cancel();
                        Ok(())
                    }
                }
            }
        })
        .await;
        assert_eq!(runs.load(Ordering::Relaxed), 4);
    }
}
