//! Keeps one follower of the log going: again after what passes, not again after what does not.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::{
    error::{Hold, Setback, Stop},
    health::{Health, ViewState},
    text::chain,
};

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

/// What follows the log.
pub(crate) trait Task: Sync {
    /// Its name in the health.
    fn name(&self) -> &'static str;

    /// Follows the log from where it stands, until the shutdown or a stop.
    fn follow(&self) -> impl Future<Output = Result<(), Stop>> + Send;

    /// Writes down why it halted.
    fn note_halt(&self, why: &str) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Waits until a hold may be over.
    fn wait(&self) -> impl Future<Output = ()> + Send {
        sleep(Duration::from_secs(1))
    }
}

/// Follows until `shutdown`, or until it halts and the shutdown comes.
pub(crate) async fn persist<T: Task>(
    task: &T,
    health: &Health,
    longest_pause: Duration,
    shutdown: &CancellationToken,
) {
    let view = task.name();
    let mut pause = SHORTEST_PAUSE;
    let mut told = String::new();
    while !shutdown.is_cancelled() {
        let begun = Instant::now();
        match task.follow().await {
            Ok(()) => break,
            Err(Stop::Halt(failure)) => {
                let why = chain(&failure);
                if why != told {
                    error!(view, error = why, "view {view} halts: {why}");
                }
                if let Err(error) = task.note_halt(&why).await {
                    warn!(view, %error, "cannot write down that {view} halts: {error}");
                }
                told = why;
                let error = Arc::new(failure);
                health.set(view, &ViewState::Halted { error }, None);
                // A rebuild or another decision may get it going again.
                let _: Option<()> = shutdown.run_until_cancelled(task.wait()).await;
            }
            Err(Stop::Hold(hold)) => {
                let state = match hold {
                    Hold::Paused => ViewState::Paused,
                    Hold::Outdated => ViewState::Outdated,
                };
                let why = state.to_string();
                if why != told {
                    info!(view, "view {view} stands still: {why}");
                }
                told = why;
                health.set(view, &state, None);
                let _: Option<()> = shutdown.run_until_cancelled(task.wait()).await;
            }
            Err(Stop::Setback(setback)) => {
                let reason = chain(&setback);
                if begun.elapsed() > longest_pause * 2 {
                    pause = SHORTEST_PAUSE;
                }
                if matches!(setback, Setback::AnotherInstance) {
                    debug!(view, "view {view} waits: {reason}");
                } else {
                    warn!(view, error = reason, "view {view} waits: {reason}");
                }
                health.set(view, &ViewState::Waiting { reason }, None);
                let _: Option<()> = shutdown.run_until_cancelled(sleep(pause)).await;
                pause = (pause * 2).min(longest_pause);
            }
        }
    }
}
