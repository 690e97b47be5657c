//! Streams as answers.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt, stream};
use http_kit::Problem;

use super::Holder;
use crate::QueryApi;

/// Sends the frames, and a comment while there are none, until they, the process, or their time end.
pub(crate) fn open_stream(
    api: &QueryApi,
    holder: Holder,
    frames: impl Stream<Item = Event> + Send + 'static,
) -> Result<Response, Problem> {
    let permit = api.inner.streams.clone().try_acquire_owned().map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-streams",
            "Too many streams are open",
        )
        .retry_after(5)
    })?;
    let options = &api.inner.options;
    let most = match holder {
        Holder::Account(_) => options.max_streams_of_account,
        Holder::Network(_) => options.max_streams_of_network,
    };
    let share = api.inner.shares.take(holder, most).ok_or_else(|| {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-own-streams",
            "You have too many streams open",
        )
        .detail(format!("Close some: {most} may be open at once. One stream tells everything: GET /v1/events/stream."))
        .retry_after(5)
    })?;
    // At once, so that the client knows that it is connected.
    let hello = Event::default()
        .retry(Duration::from_secs(1))
        .comment("connected");
    let frames = stream::once(async { hello })
        .chain(frames)
        .take_until(Box::pin(api.stream_ends()))
        .map(move |frame| {
            let _held = (&permit, &share);
            Ok::<_, Infallible>(frame)
        });
    let heartbeat = KeepAlive::new()
        .interval(api.inner.options.heartbeat)
        .text("");
    // Proxies must pass each message on at once.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, Sse::new(frames).keep_alive(heartbeat)).into_response())
}
