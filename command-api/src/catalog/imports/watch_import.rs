//! `GET /v1/imports/{id}/events`

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt, stream};
use http::{HeaderName, StatusCode};
use http_kit::{Caller, PathOf, Problem, QueryProblems, Role};
use tokio::time::sleep;
use uuid::Uuid;

use super::{run::Imports, show_import::unknown, status::ImportStatus};
use crate::CommandApi;

/// Between two states: often enough to look at, and the problems of a file are many.
const PACE: Duration = Duration::from_millis(250);

/// A silent stream says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A stream lasts at most so long: its client comes again, and its token is looked at again.
const LONGEST: Duration = Duration::from_hours(1);

/// Watch an import: how it is doing, then how it is doing whenever that changes, until it is done or has failed.
///
/// Every message is the whole state, so that there is nothing to resume. Close the stream when the state is `done` or `failed`.
#[utoipa::path(
    get,
    path = "/v1/imports/{id}/events",
    operation_id = "watchImport",
    summary = "Watch an import",
    tag = "catalog",
    params(("id" = Uuid, Path, description = "The import")),
    security(("bearer" = ["merchandiser", "admin"])),
    responses(
        (status = 200, content_type = "text/event-stream", body = ImportStatus, description = "Server-sent events"),
        (status = 403, description = "This is for merchandisers and admins: `forbidden`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such import in this process, or it was forgotten: `import-not-found`.", body = Problem, content_type = "application/problem+json"),
        QueryProblems,
    )
)]
pub(crate) async fn watch_import(
    State(api): State<CommandApi>,
    caller: Caller,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    let imports = api.imports.clone();
    imports.status(id).ok_or_else(unknown)?;
    let permit = api.watchers.clone().try_acquire_owned().map_err(|_| {
        let title = "Too many streams are open";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-streams", title).retry_after(5)
    })?;
    let closing = imports.closing();
    let ends = async move {
        tokio::select! {
            () = closing.cancelled() => {}
            () = sleep(LONGEST) => {}
        }
    };
    let frames = states(imports, id)
        .take_until(Box::pin(ends))
        .map(move |frame| {
            let _held = &permit;
            Ok::<_, Infallible>(frame)
        });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("");
    // Proxies must pass each message on at once.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    let events = Sse::new(frames).keep_alive(heartbeat);
    Ok((unbuffered, events).into_response())
}

/// The state, and each other one after it; ends behind the last.
fn states(imports: Imports, id: Uuid) -> impl Stream<Item = Event> + Send {
    let changed = imports.changes();
    let none: Option<ImportStatus> = None;
    stream::unfold(
        (imports, changed, none),
        move |(imports, mut changed, told)| async move {
            if told.as_ref().is_some_and(ImportStatus::is_settled) {
                return None;
            }
            if told.is_some() {
                sleep(PACE).await;
            }
            loop {
                changed.mark_unchanged();
                let status = imports.status(id)?;
                if told.as_ref() != Some(&status) {
                    let frame = Event::default().json_data(&status).ok()?;
                    return Some((frame, (imports, changed, Some(status))));
                }
                changed.changed().await.ok()?;
            }
        },
    )
}
