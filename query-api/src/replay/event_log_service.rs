//! `drape.events.v1.EventLog`: replays for other services.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, stream};
use jetstream_es::{Commit, EventLog, LogError};
use proto::events::v1::{
    Event, ReadRequest, ReadResponse, Trailer,
    event_log_server::{EventLog as EventLogRpc, EventLogServer},
    read_response::Part,
};
use replay::{FilterText, Ndjson, ReplayError, Row, Selection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// Replays that run at once.
const AT_ONCE: usize = 16;
/// Commits whose events are made ready at once.
const CHUNK: usize = 256;

/// The service, ready for a tonic router. Streams that follow the log end with `stop`.
pub fn event_log_service(
    log: EventLog,
    stop: CancellationToken,
) -> EventLogServer<EventLogService> {
    EventLogServer::new(EventLogService {
        log,
        stop,
        turns: Arc::new(Semaphore::new(AT_ONCE)),
    })
}

/// Reads the log for other services.
#[derive(Debug, Clone)]
pub struct EventLogService {
    log: EventLog,
    stop: CancellationToken,
    turns: Arc<Semaphore>,
}

struct Reading {
    selection: Selection,
    rows: Ndjson,
    line: Vec<u8>,
    trailer: Option<jetstream_es::Position>,
    over: bool,
    _turn: OwnedSemaphorePermit,
}

type Parts = Pin<Box<dyn Stream<Item = Result<ReadResponse, Status>> + Send>>;

#[tonic::async_trait]
impl EventLogRpc for EventLogService {
    type ReadStream = Parts;

    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<Parts>, Status> {
        let request = request.into_inner();
        let filter = filter_of(&request).parse();
        let filter = filter.map_err(|error| Status::invalid_argument(error.to_string()))?;
        let turn = self.turns.clone().try_acquire_owned();
        let turn = turn.map_err(|_| Status::resource_exhausted("too many replays are running"))?;
        let stretch = filter
            .stretch(&self.log)
            .await
            .map_err(|error| status_of(&error))?;
        let commits = if request.follow {
            let commits = self.log.follow(stretch.0, filter.subjects());
            commits
                .map(Ok)
                .take_until(self.stop.clone().cancelled_owned())
                .boxed()
        } else {
            filter.replay(&self.log, stretch).boxed()
        };
        let reading = Reading {
            selection: Selection::new(filter),
            rows: Ndjson::default(),
            line: Vec::new(),
            trailer: (!request.follow).then(|| self.log.position(stretch.1)),
            over: false,
            _turn: turn,
        };
        let parts = stream::unfold(
            (commits.ready_chunks(CHUNK), reading),
            |(mut commits, mut reading)| async {
                if reading.over {
                    return None;
                }
                let chunk = commits.next().await;
                Some((stream::iter(reading.parts(chunk)), (commits, reading)))
            },
        );
        Ok(Response::new(parts.flatten().boxed()))
    }
}

impl Reading {
    fn parts(
        &mut self,
        chunk: Option<Vec<Result<Commit, LogError>>>,
    ) -> Vec<Result<ReadResponse, Status>> {
        let mut parts = Vec::new();
        let ended = chunk.is_none();
        for commit in chunk.into_iter().flatten() {
            let added = commit
                .map_err(|error| Status::unavailable(error.to_string()))
                .and_then(|commit| self.add(&commit, &mut parts));
            if let Err(status) = added {
                self.over = true;
                parts.push(Err(status));
                return parts;
            }
        }
        if ended || self.selection.is_over() {
            self.over = true;
            let rows = std::mem::take(&mut self.rows);
            let trailer = self
                .trailer
                .take()
                .map(|through| trailer(rows.trailer(through)));
            parts.extend(trailer.map(Ok));
        }
        parts
    }

    fn add(
        &mut self,
        commit: &Commit,
        parts: &mut Vec<Result<ReadResponse, Status>>,
    ) -> Result<(), Status> {
        let chosen = self.selection.of(commit);
        self.line.clear();
        let hashed = self.rows.write(commit, &chosen, &mut self.line);
        hashed.map_err(|error| Status::internal(error.to_string()))?;
        Row::each(commit, &chosen, |row| {
            parts.push(Ok(ReadResponse {
                part: Some(Part::Event(event(row))),
            }));
            Ok(())
        })
    }
}

fn event(row: &Row<'_>) -> Event {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Event {
        position: row.position.to_owned(),
        sequence: row.sequence,
        index: row.index,
        time: row.time.to_owned(),
        context: row.context.to_owned(),
        aggregate: row.aggregate.to_owned(),
        id: row.id.to_owned(),
        version: row.version,
        r#type: row.event_type.to_owned(),
        event_version: row.event_version.to_owned(),
        actor: text(row.actor),
        command_id: row.command_id.to_owned(),
        correlation_id: text(row.correlation_id),
        causation_id: text(row.causation_id),
        data: row.data.get().to_owned(),
    }
}

fn trailer(trailer: replay::Trailer) -> ReadResponse {
    ReadResponse {
        part: Some(Part::Trailer(Trailer {
            count: trailer.count,
            last: trailer
                .last
                .map(|last| last.to_string())
                .unwrap_or_default(),
            through: trailer.through.to_string(),
            sha256: trailer.sha256,
        })),
    }
}

fn filter_of(request: &ReadRequest) -> FilterText {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    FilterText {
        context: text(&request.context),
        aggregate: text(&request.aggregate),
        id: text(&request.id),
        event_type: text(&request.types.join(",")),
        actor: text(&request.actor),
        from: text(&request.from),
        to: text(&request.to),
        after: text(&request.after),
        as_of: text(&request.as_of),
        limit: Some(request.limit).filter(|limit| *limit > 0),
    }
}

fn status_of(error: &ReplayError) -> Status {
    let ReplayError::Filter(error) = error else {
        return Status::unavailable(error.to_string());
    };
    if error.other_epoch {
        Status::failed_precondition(error.to_string())
    } else {
        Status::invalid_argument(error.to_string())
    }
}
