//! What happened?

use axum::{
    body::Body as HttpBody,
    extract::State,
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use http_kit::{Caller, Problem, QueryProblems, with_position};
use replay::{FilterText, Selection, Trailer};
use tokio::time::timeout;

use super::{
    body::{Body, Framing},
    demand_analyst,
    parameters::{Parameters, ReadOptions},
    problem,
};
use crate::QueryApi;

/// Replay what happened.
///
/// One row per event in the order of the log, as lines of JSON (`application/x-ndjson`), or as server-sent events when
/// `Accept` asks for `text/event-stream`. The last line is `{"trailer": …}` (the last message is named `trailer`): an
/// answer without it was cut, and goes on with `after=<position>.<index + 1>` of the last whole row, or with
/// `Last-Event-ID`. A message that is no commit is a row of type `malformed`.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "replay",
    params(
        FilterText,
        ReadOptions,
        ("Last-Event-ID" = Option<String>, Header, nullable = false, pattern = "^([0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}([.][0-9]{1,9})?)?$", example = "9f2c4e7a81b03d56-42", description = "The id of the last message that the client has; wins over `after`"),
    ),
    security(("bearer" = ["analyst", "admin"])),
    responses(
        (status = 200, content((Trailer = "application/x-ndjson"), (Trailer = "text/event-stream")), description = "Rows, then a trailer",
            headers(("Drape-Position" = String, description = "Where the log ended when the replay began"))),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "This is for analysts: `forbidden`."),
        (status = 406, body = Problem, content_type = "application/problem+json", description = "Neither form is acceptable: `not-acceptable`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "A position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn read_events(
    State(api): State<QueryApi>,
    caller: Caller,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    demand_analyst(&caller)?;
    let framing = framing(&headers)?;
    let filter = parameters
        .filter
        .parse()
        .map_err(|error| problem::of_filter(&error))?;
    let inner = &api.inner;
    let permit = inner
        .replays
        .clone()
        .try_acquire_owned()
        .map_err(|_| problem::too_many())?;
    let finding = timeout(inner.options.database_timeout, filter.stretch(&inner.log));
    let stretch = finding.await.map_err(|_| Problem::unavailable())?;
    let stretch = stretch.map_err(|error| problem::of_replay(&error))?;
    let through = inner.log.position(stretch.1);
    let commits = if parameters.options.follow {
        let commits = inner.log.follow(stretch.0, filter.subjects());
        commits
            .map(Ok)
            .take_until(Box::pin(api.stream_ends()))
            .boxed()
    } else {
        filter.replay(&inner.log, stretch).boxed()
    };
    let body = Body {
        commits,
        selection: Selection::new(filter),
        framing,
        // What goes on for ever has no end.
        through: (parameters.options.trailer && !parameters.options.follow)
            .then(|| through.clone()),
        heartbeat: inner.options.heartbeat,
        _permit: permit,
    };
    let media_type = match framing {
        Framing::Ndjson => "application/x-ndjson",
        Framing::Sse => "text/event-stream",
    };
    let described = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let body = HttpBody::from_stream(body.into_stream());
    Ok((described, with_position(&through), body).into_response())
}

fn framing(headers: &HeaderMap) -> Result<Framing, Problem> {
    let accept: Vec<String> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|item| {
            item.split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
        })
        .collect();
    let wants = |name: &str| accept.iter().any(|item| item == name);
    if wants("text/event-stream") {
        return Ok(Framing::Sse);
    }
    let lines = [
        "application/x-ndjson",
        "application/*",
        "*/*",
        "application/json",
        "application/jsonl",
    ];
    if accept.is_empty() || lines.into_iter().any(wants) {
        return Ok(Framing::Ndjson);
    }
    Err(Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "not-acceptable",
        "There is no such form of this",
    )
    .detail("Accept application/x-ndjson or text/event-stream."))
}
