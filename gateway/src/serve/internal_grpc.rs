//! The internal port: pictures for try-on workers, the event log for other services, and grpc.health.v1.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use image_processor::MediaService;
use jetstream_es::EventLog;
use proto::{
    InternalToken, events::v1::event_log_server::EventLogServer,
    media::v1::media_server::MediaServer,
};
use query_api::{EventLogService, event_log_service};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{service::interceptor::InterceptedService, transport::Server};
use tracing::{info, warn};

/// Serves until `stop`.
pub(super) async fn serve(
    listen: SocketAddr,
    log: EventLog,
    media: MediaServer<MediaService>,
    token: InternalToken,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<MediaServer<MediaService>>().await;
    reporter
        .set_serving::<EventLogServer<EventLogService>>()
        .await;
    if !token.is_set() && !listen.ip().is_loopback() {
        warn!("http.internal_grpc_token is not set: whoever reaches {listen} can read pictures");
    }
    info!("internal gRPC on {}", listener.local_addr()?);
    let served = Server::builder()
        .concurrency_limit_per_connection(64)
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .add_service(health)
        .add_service(InterceptedService::new(media, token.wanted()))
        .add_service(InterceptedService::new(
            event_log_service(log, stop.clone()),
            token.wanted(),
        ))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop.cancelled_owned());
    Ok(served.await?)
}
