//! The log for analysts: replays, exports, and what the events look like.

use http_kit::{Caller, Problem, Role};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod asyncapi;
mod body;
mod event_log_service;
mod event_schemas;
mod exports;
mod parameters;
mod problem;
mod read_events;
mod show_asyncapi;
mod show_schemas;

pub(crate) use self::exports::Exports;
pub use self::{
    asyncapi::asyncapi,
    event_log_service::{EventLogService, event_log_service},
    event_schemas::{event_schemas, events_in_markdown},
    exports::{ExportOptions, ExportState, ExportStatus},
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(read_events::read_events))
        .routes(routes!(show_schemas::list_schemas))
        .routes(routes!(show_schemas::show_schema))
        .routes(routes!(show_asyncapi::show_asyncapi))
        .merge(exports::routes())
}

/// What happened is for those who study it: it names accounts, if opaquely.
fn demand_analyst(caller: &Caller) -> Result<(), Problem> {
    caller.require(&[Role::Analyst, Role::Admin])
}
