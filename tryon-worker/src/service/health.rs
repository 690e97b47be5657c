//! Keeps `grpc.health.v1` true: serving while the log is connected.

use std::time::Duration;

use async_nats::connection::State;
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

/// Reports until `stop`.
pub(crate) async fn report(
    reporter: HealthReporter,
    nats: async_nats::Client,
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
        }
        let connected = nats.connection_state() == State::Connected;
        let status = if connected {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        reporter.set_service_status("", status).await;
        reporter
            .set_service_status("drape.tryon.v1.TryOnEngine", status)
            .await;
    }
    reporter
        .set_service_status("", ServingStatus::NotServing)
        .await;
}
