//! Takes jobs from the log, as many at once as there are slots, until told to stop.

use std::{sync::Arc, time::Duration};

use cqrs_es::Aggregate;
use domain::tryon::session::Session;
use jetstream_es::{EventLog, Job, LogError, SubjectFilter, WorkQueueOptions};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{
    attempt::{Attempts, Trouble, Verdict},
    options::ServeOptions,
};

/// Deliveries after which a job that only makes trouble is put aside, so that it costs nothing more.
const MAX_DELIVERIES: u64 = 30;

/// Works until `stop`, then lets running jobs finish within the drain time and gives the rest back.
pub(crate) async fn consume(
    log: &EventLog,
    attempts: Attempts,
    slots: Arc<Semaphore>,
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
        jobs.spawn(async move {
            settle(&attempts, job).await;
            drop(slot);
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

/// Works on a job and tells the log what became of it.
async fn settle(attempts: &Attempts, job: Job) {
    let id = job.commit.aggregate_id.clone();
    let told = match attempts.work(&job.commit).await {
        Ok(Verdict::Done) => job.done().await,
        Ok(Verdict::Again(delay)) => job.retry_after(delay).await,
        Err(trouble) if job.delivered >= MAX_DELIVERIES => {
            error!(session.id = %id, error = chain(&trouble), "try-on {id} is put aside after {} deliveries", job.delivered);
            job.done().await
        }
        Err(trouble) => {
            let delay = Duration::from_secs(1 << job.delivered.min(5));
            warn!(session.id = %id, error = chain(&trouble), "try-on {id} is tried again in {} s", delay.as_secs());
            job.retry_after(delay).await
        }
    };
    if let Err(error) = told {
        warn!(session.id = %id, "the log did not hear about try-on {id}, it will ask again: {error}");
    }
}

fn chain(trouble: &Trouble) -> String {
    let mut text = trouble.to_string();
    let mut source = std::error::Error::source(trouble);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
