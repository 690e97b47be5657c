//! The internal port: pictures for try-on workers, the event log for other services, and grpc.health.v1.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use blob_store::BlobStore;
use image_processor::media_service;
use jetstream_es::EventLog;
use proto::{events::v1::event_log_server::EventLogServer, media::v1::media_server::MediaServer};
use query_api::{EventLogService, event_log_service};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tracing::info;

/// Serves until `stop`.
pub(super) async fn serve(
    listen: SocketAddr,
    log: EventLog,
    blobs: BlobStore,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_serving::<MediaServer<image_processor::MediaService>>()
        .await;
    reporter
        .set_serving::<EventLogServer<EventLogService>>()
        .await;
    info!("internal gRPC on {}", listener.local_addr()?);
    let served = Server::builder()
        .concurrency_limit_per_connection(64)
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .add_service(health)
        .add_service(media_service(&log, blobs))
        .add_service(event_log_service(log, stop.clone()))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop.cancelled_owned());
    Ok(served.await?)
}
