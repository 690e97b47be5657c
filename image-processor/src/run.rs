//! Takes uploads from the log until told to stop.

use std::{sync::Arc, time::Duration};

use blob_store::BlobStore;
use cqrs_es::Aggregate;
use domain::media::picture::Picture;
use jetstream_es::{EventLog, Executor, LogError, SubjectFilter, Verdict, WorkQueueOptions};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{Signing, pool::Pool, process::Processor};

/// Bounds of the image processor.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Pictures in work at once; each takes a core and up to about 250 MB.
    pub concurrency: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { concurrency: 2 }
    }
}

/// Makes renditions of every upload in the log, past and to come, until `stop`. Those of a try-on's result are signed.
///
/// # Errors
/// When the log refuses the consumer; outages of log and blob store are waited out.
pub async fn run(
    log: EventLog,
    blobs: BlobStore,
    signing: Signing,
    options: Options,
    stop: CancellationToken,
) -> Result<(), LogError> {
    let slots = Arc::new(Semaphore::new(options.concurrency.max(1)));
    let processor = Processor {
        pictures: Executor::new(log.clone(), ()),
        blobs,
        signing,
        pool: Pool::new(options.concurrency),
    };
    let mut queue = log
        .work_queue(WorkQueueOptions {
            name: "image-processor".to_owned(),
            filter: SubjectFilter::aggregate_type(Picture::TYPE),
            ack_wait: Duration::from_secs(30),
            max_ack_pending: 1_000,
            max_deliver: -1,
            inactive_threshold: None,
        })
        .await?;
    let mut jobs = JoinSet::new();
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            break;
        };
        let job = tokio::select! {
            () = stop.cancelled() => break,
            job = queue.next() => job,
        };
        let processor = processor.clone();
        jobs.spawn(async move {
            let outcome = processor.work(&job.commit).await;
            job.settle(outcome.map(|()| Verdict::Done)).await;
            drop(slot);
        });
        while jobs.try_join_next().is_some() {}
    }
    // An upload that is not finished in time is done again by the next process.
    let limit = Duration::from_secs(1);
    let _ = tokio::time::timeout(limit, async { while jobs.join_next().await.is_some() {} }).await;
    Ok(())
}
