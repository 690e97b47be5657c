//! The internal port: pictures for try-on workers, and grpc.health.v1.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use blob_store::BlobStore;
use image_processor::media_service;
use jetstream_es::EventLog;
use proto::media::v1::media_server::MediaServer;
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
    info!("internal gRPC on {}", listener.local_addr()?);
    let served = Server::builder()
        .concurrency_limit_per_connection(64)
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .add_service(health)
        .add_service(media_service(&log, blobs))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop.cancelled_owned());
    Ok(served.await?)
}
