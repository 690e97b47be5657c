//! Takes jobs from the log, as many at once as there are slots, until told to stop.

use std::{sync::Arc, time::Duration};

use cqrs_es::Aggregate;
use domain::tryon::session::Session;
use jetstream_es::{EventLog, LogError, SubjectFilter, WorkQueueOptions};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{attempt::Attempts, options::ServeOptions, quiet::Quiet};

/// Works until `stop`, then lets running jobs finish within the drain time and gives the rest back.
pub(crate) async fn consume(
    log: &EventLog,
    attempts: Attempts,
    slots: Arc<Semaphore>,
    quiet: &Quiet,
    options: &ServeOptions,
    stop: CancellationToken,
) -> Result<(), LogError> {
    let mut queue = log
        .work_queue(WorkQueueOptions {
            name: "tryon-worker".to_owned(),
            filter: SubjectFilter::aggregate_type(Session::TYPE),
            ack_wait: options.lease(),
            max_ack_pending: 1_000,
            max_deliver: -1,
            inactive_threshold: None,
        })
        .await?;
    let mut jobs = JoinSet::new();
    loop {
        let slot = tokio::select! {
            () = stop.cancelled() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot,
        };
        let Ok(slot) = slot else { break };
        let job = tokio::select! {
            () = stop.cancelled() => break,
            job = queue.next() => job,
        };
        let attempts = attempts.clone();
        let noise = quiet.disturb();
        jobs.spawn(async move {
            let outcome = attempts.work(&job.commit).await;
            job.settle(outcome).await;
            drop((slot, noise));
        });
        while jobs.try_join_next().is_some() {}
    }
    drain(&mut jobs, &attempts.give_up, options.drain()).await;
    queue.close().await;
    Ok(())
}

async fn drain(jobs: &mut JoinSet<()>, give_up: &CancellationToken, limit: Duration) {
    let finished =
        tokio::time::timeout(limit, async { while jobs.join_next().await.is_some() {} }).await;
    if finished.is_err() {
        give_up.cancel();
        let last = Duration::from_secs(5);
        let _ =
            tokio::time::timeout(last, async { while jobs.join_next().await.is_some() {} }).await;
    }
}
