//! What happens?

use axum::{
    extract::State,
    http::HeaderMap,
    response::{Response, sse::Event},
};
use futures::{Stream, StreamExt, stream};
use http_kit::{ClientNetwork, OptionalCaller, Problem, QueryOf, QueryProblems};
use jetstream_es::SubjectFilter;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    After, EventMessage, Holder, Resume, Subscription, open_stream,
    progress::ProgressOfAll,
    topics::{Topic, commits_of, wanted},
};
use crate::QueryApi;

/// What somebody wants to hear of, and from where.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Watching {
    /// `catalogue`, `pictures`, `try-ons`, `wardrobe`, `accounts`, with commas; everything that the caller may know of when absent.
    #[param(
        required = false,
        nullable = false,
        example = "catalogue,try-ons",
        pattern = "^(catalogue|pictures|try-ons|wardrobe|accounts)(,(catalogue|pictures|try-ons|wardrobe|accounts))*$"
    )]
    topics: Option<String>,
    /// The id of the last message that the client has, for those that cannot send `Last-Event-ID`. The header wins.
    #[param(
        required = false,
        nullable = false,
        example = "9f2c4e7a81b03d56-42",
        pattern = "^([0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}([.][0-9]{1,9})?)?$"
    )]
    last_event_id: Option<String>,
}

/// Watch what happens.
///
/// One stream for everything that the caller may know of and asks for: the catalogue, their own try-ons, pictures and wardrobe.
/// Begins after `Last-Event-ID`, else now. Each message without a name is an `EventMessage`; its id is a position. The views
/// have everything that is told. With the topic `try-ons` named, messages named `progress` (`ProgressMessage`) say how far
/// workers have come with the caller's own; they have no id and are never sent twice. A stream ends after an hour at most:
/// come again with the last id.
#[utoipa::path(
    get,
    path = "/v1/events/stream",
    tag = "live",
    params(
        Watching,
        ("Last-Event-ID" = Option<String>, Header, nullable = false, pattern = "^([0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}([.][0-9]{1,9})?)?$", example = "9f2c4e7a81b03d56-42", description = "The id of the last message that the client has"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, content_type = "text/event-stream", body = EventMessage, description = "Server-sent events"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "A topic is not for the caller's role: `forbidden`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn watch_events(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    network: ClientNetwork,
    QueryOf(watching): QueryOf<Watching>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let holder = Holder::of(caller.as_ref(), network);
    let topics = wanted(watching.topics.as_deref(), caller.as_ref())?;
    let resume = Resume {
        last_event_id: watching.last_event_id,
    };
    let after = resume.after(&api, &headers).await?;
    api.live_has_started().await?;
    let after = after.unwrap_or_else(|| After {
        sequence: api.inner.feed.told(),
        events: 0,
    });
    // First to listen, then to ask what is under way: nothing that begins meanwhile is missed.
    let filter = topics
        .as_deref()
        .map_or_else(SubjectFilter::all, commits_of);
    let subscription = Subscription::new(api.clone(), caller.clone(), filter, after);
    let account = caller.and_then(|caller| Uuid::try_parse(&caller.account).ok());
    let hears = topics.is_some_and(|topics| topics.contains(&Topic::TryOns));
    let progress = match account.filter(|_| hears) {
        Some(account) => ProgressOfAll::of(api.clone(), account).await?,
        None => ProgressOfAll::none(api.clone()),
    };
    open_stream(&api, holder, frames(subscription, progress))
}

fn frames(events: Subscription, progress: ProgressOfAll) -> impl Stream<Item = Event> + Send {
    stream::unfold(
        (events, progress),
        |(mut events, mut progress)| async move {
            let frames = tokio::select! {
                biased;
                delivery = events.next() => {
                    let delivery = delivery?;
                    progress.follow(&delivery).await;
                    delivery.frames()
                }
                frame = progress.next() => frame.into_iter().collect(),
            };
            Some((frames, (events, progress)))
        },
    )
    .flat_map(stream::iter)
}
