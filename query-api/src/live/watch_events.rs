//! What happens?

use axum::{extract::State, http::HeaderMap, response::Response};
use futures::{StreamExt, stream};
use http_kit::{OptionalCaller, Problem, QueryOf, QueryProblems};
use jetstream_es::SubjectFilter;

use super::{After, EventMessage, Resume, Subscription, open_stream};
use crate::QueryApi;

/// Watch everything that the caller may know of: the catalogue, their own try-ons, their own pictures.
///
/// Begins after `Last-Event-ID`, else now. Each message without a name is an `EventMessage`; its id is a position. The views
/// have everything that is told.
#[utoipa::path(
    get,
    path = "/v1/events/stream",
    tag = "live",
    params(
        Resume,
        ("Last-Event-ID" = Option<String>, Header, nullable = false, description = "The id of the last message that the client has"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, content_type = "text/event-stream", body = EventMessage, description = "Server-sent events"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn watch_events(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    QueryOf(resume): QueryOf<Resume>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = resume.after(&api, &headers).await?;
    api.live_has_started().await?;
    let after = after.unwrap_or_else(|| After {
        sequence: api.inner.feed.told(),
        events: 0,
    });
    let subscription = Subscription::new(api.clone(), caller, SubjectFilter::all(), after);
    let deliveries = stream::unfold(subscription, |mut subscription| async move {
        let delivery = subscription.next().await?;
        Some((delivery.frames(), subscription))
    });
    open_stream(&api, deliveries.flat_map(stream::iter))
}
