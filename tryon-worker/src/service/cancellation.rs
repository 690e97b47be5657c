//! Notices that a running attempt is no longer wanted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::tryon::session::{Phase, Session};
use jetstream_es::Executor;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// How often the log is asked; the question costs a tenth of a millisecond.
const PERIOD: Duration = Duration::from_millis(250);

/// Looks at the session while an attempt runs. Dropped, it stops looking.
#[derive(Debug)]
pub(crate) struct Watch {
    unwanted: Arc<AtomicBool>,
    _task: AbortOnDropHandle<()>,
}

impl Watch {
    /// Starts to look after `session` for the sake of `attempt`; `give_up` ends the attempt, too.
    pub(crate) fn start(
        sessions: Executor<Session>,
        session: String,
        attempt: u32,
        give_up: CancellationToken,
    ) -> Self {
        let unwanted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&unwanted);
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(PERIOD);
            loop {
                tokio::select! {
                    () = give_up.cancelled() => break,
                    _ = ticks.tick() => {}
                }
                if let Ok(loaded) = sessions.load(&session).await
                    && !is_running(loaded.aggregate.phase(), attempt)
                {
                    break;
                }
            }
            flag.store(true, Ordering::Relaxed);
        });
        Self {
            unwanted,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Set once the attempt is no longer wanted; read from the engine's thread.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.unwanted)
    }
}

fn is_running(phase: &Phase, attempt: u32) -> bool {
    matches!(phase, Phase::Running { attempt: running, .. } if *running == attempt)
}
