//! What happens to this try-on?

use async_nats::Subscriber;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{Response, sse::Event},
};
use futures::{Stream, StreamExt, stream};
use http_kit::{Caller, ClientNetwork, MinPosition, PathOf, Problem, QueryOf, QueryProblems};
use jetstream_es::SubjectFilter;
use uuid::Uuid;

use super::{find, queue::Waiting};
use crate::{
    QueryApi,
    live::{EventMessage, Holder, Resume, Subscription, is_end, open_stream, progress_frame},
};

/// Watch one try-on: everything that happened to it so far, then what happens, until it has ended.
///
/// A message without a name is an `EventMessage` and has an id to resume from; one named `progress` is a
/// `ProgressMessage`, has no id and is never sent twice. While the try-on waits for a worker, one named `queued`
/// (`QueuedMessage`, no id) says where it stands, at once and whenever it has moved.
#[utoipa::path(
    get,
    path = "/v1/try-ons/{id}/events",
    tag = "tryon",
    params(
        ("id" = Uuid, Path, description = "The try-on"),
        Resume,
        ("Last-Event-ID" = Option<String>, Header, nullable = false, pattern = "^([0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}([.][0-9]{1,9})?)?$", example = "9f2c4e7a81b03d56-42", description = "The id of the last message that the client has"),
        MinPosition,
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, content_type = "text/event-stream", body = EventMessage, description = "Server-sent events"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such try-on, or it is somebody else's: `try-on-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn watch_try_on(
    State(api): State<QueryApi>,
    caller: Caller,
    network: ClientNetwork,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
    QueryOf(resume): QueryOf<Resume>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = resume.after(&api, &headers).await?;
    api.live_has_started().await?;
    let progress = api.progress_of(id).await?;
    let (found, _) = find(&api, &caller, min.as_ref(), id).await?;
    let holder = Holder::of(Some(&caller), network);
    let filter = SubjectFilter::aggregate("tryon.session", id.to_string());
    let mut events =
        Subscription::new(api.clone(), Some(caller), filter, after.unwrap_or_default());
    if has_ended(&found.status) {
        // The end is told from the log; by then the other views, such as the result's picture, must show it too.
        api.wait_for_all_views(found.sequence).await?;
        events.end_at(found.sequence);
    }
    let waiting = Waiting::new(api.clone(), id, found.waits());
    open_stream(&api, holder, frames(events, progress, waiting))
}

fn has_ended(status: &str) -> bool {
    matches!(status, "succeeded" | "failed" | "cancelled")
}

fn frames(
    events: Subscription,
    progress: Subscriber,
    waiting: Waiting,
) -> impl Stream<Item = Event> + Send {
    let progress = progress.fuse();
    stream::unfold(
        (events, progress, waiting, false),
        |(mut events, mut progress, mut waiting, ended)| async move {
            if ended {
                return None;
            }
            loop {
                let frames = tokio::select! {
                    biased;
                    delivery = events.next() => {
                        let delivery = delivery?;
                        let ended = delivery.types().any(is_end);
                        return Some((delivery.frames(), (events, progress, waiting, ended)));
                    }
                    message = progress.select_next_some() => progress_frame(&message.payload),
                    queued = waiting.next() => Some(queued),
                };
                if let Some(frame) = frames {
                    return Some((vec![frame], (events, progress, waiting, false)));
                }
            }
        },
    )
    .flat_map(stream::iter)
}
