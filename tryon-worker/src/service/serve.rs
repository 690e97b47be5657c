//! Puts the service together and runs it until it is told to stop.

use std::{sync::Arc, time::Duration};

use jetstream_es::{ConnectError, EventLog, Executor, LogError, OpenError};
use proto::tryon::v1::try_on_engine_server::TryOnEngineServer;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::service::interceptor::InterceptedService;
use tracing::{info, warn};

use super::{
    attempt::Attempts, consumer::consume, health, looks::Looks, media::Media,
    options::ServeOptions, port::TryOn, preview::Preview, quiet::Quiet,
};

/// How often the engine drops what it remembers of pictures that nobody asks for any more.
const FORGET_EVERY: Duration = Duration::from_secs(30);

/// Why the service ended.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The log was opened and is not what this worker was told.
    #[error("the event log cannot be used")]
    Open(#[from] OpenError),
    /// The log refused the worker's consumer.
    #[error("jobs cannot be taken from the event log")]
    Log(#[from] LogError),
    /// The gRPC server could not be started, or the media address is no address.
    #[error("gRPC cannot be set up")]
    Grpc(#[from] tonic::transport::Error),
}

/// Serves until `stop`: waits for the log, takes jobs, answers previews, and drains.
pub async fn serve(
    options: ServeOptions,
    engine: Arc<dyn TryOn>,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let media = Media::new(&options.media_url, &options.internal_token)?;
    let slots = Arc::new(Semaphore::new(usize::from(options.concurrency)));
    let Some((nats, log)) = open_log(&options, &stop).await? else {
        return Ok(());
    };
    let worker = format!("{}-{}", std::process::id(), options.listen.port());
    let quiet = Quiet::default();
    let looks = Looks::new(&log, &media, &engine, &quiet, &worker);
    let attempts = Attempts {
        sessions: Executor::new(log.clone(), ()),
        media,
        nats: nats.clone(),
        engine: Arc::clone(&engine),
        worker: worker.clone(),
        give_up: CancellationToken::new(),
    };
    let remembering = Arc::clone(&engine);
    let (reporter, health_service) = tonic_health::server::health_reporter();
    let preview = TryOnEngineServer::new(Preview {
        engine,
        // A slot of its own: those of the queue are held while it waits for its next job.
        slots: Arc::new(Semaphore::new(1)),
        quiet: quiet.clone(),
    })
    .max_decoding_message_size(41 << 20)
    .max_encoding_message_size(proto::MAX_PICTURE_BYTES);
    let server = tonic::transport::Server::builder()
        .timeout(Duration::from_secs(30))
        .concurrency_limit_per_connection(64)
        .add_service(health_service)
        .add_service(InterceptedService::new(
            preview,
            options.internal_token.wanted(),
        ))
        .serve_with_shutdown(options.listen, stop.clone().cancelled_owned());
    info!("worker {worker} takes jobs, previews on {}", options.listen);
    let jobs = async {
        consume(&log, attempts, slots, &quiet, &options, stop.clone())
            .await
            .map_err(ServeError::from)
    };
    let looking = async {
        Box::pin(looks.take(&log, options.lease(), &stop)).await;
        Ok(())
    };
    let grpc = async { server.await.map_err(ServeError::from) };
    let reports = async {
        health::report(reporter, nats, stop.clone()).await;
        Ok(())
    };
    let forgetting = async {
        forget(remembering.as_ref(), &stop).await;
        Ok(())
    };
    tokio::try_join!(jobs, looking, grpc, reports, forgetting)?;
    info!("worker {worker} has stopped");
    Ok(())
}

/// Lets the engine forget, whether or not jobs come, until `stop`.
async fn forget(engine: &dyn TryOn, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(FORGET_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => engine.forget_idle(),
        }
    }
}

/// Waits for the server; a log that is there and wrong is an error at once.
async fn open_log(
    options: &ServeOptions,
    stop: &CancellationToken,
) -> Result<Option<(async_nats::Client, EventLog)>, ServeError> {
    let mut pause = Duration::from_millis(200);
    loop {
        let connected: Result<_, ConnectError> =
            jetstream_es::connect(&options.nats_url, "drape-tryon-worker").await;
        match connected {
            Ok(client) => match EventLog::open(client.clone(), options.log()).await {
                Ok(log) => return Ok(Some((client, log))),
                Err(error) if error.is_passing() => {
                    warn!(
                        "the event log is not ready yet: {}",
                        telemetry::chain(&error)
                    );
                }
                Err(error) => return Err(error.into()),
            },
            Err(error) => warn!("the event log is not there yet: {error}"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(5)),
        }
    }
}
