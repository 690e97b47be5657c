//! Where pixels are worked on: never on a runtime thread, never more at once than there is memory for.

use std::{sync::Arc, time::Duration};

use thiserror::Error;
use tokio::sync::Semaphore;

/// How long one piece of work may wait and run.
const LIMIT: Duration = Duration::from_mins(1);

/// A bounded pool of threads. Cheap to clone; clones share the bound.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    slots: Arc<Semaphore>,
}

/// The work was not done.
#[derive(Debug, Error)]
pub(crate) enum PoolError {
    #[error("no thread was free, or the work took too long")]
    TimedOut,
    #[error("the work ended without an answer")]
    Lost,
}

impl Pool {
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(threads.max(1))),
        }
    }

    /// Runs the work on a thread of its own. Work that takes too long keeps its slot until it ends.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let slots = Arc::clone(&self.slots);
        let done = async move {
            let slot = slots.acquire_owned().await.map_err(|_| PoolError::Lost)?;
            let work = tokio::task::spawn_blocking(move || {
                let _slot = slot;
                work()
            });
            work.await.map_err(|_| PoolError::Lost)
        };
        tokio::time::timeout(LIMIT, done)
            .await
            .unwrap_or(Err(PoolError::TimedOut))
    }
}
