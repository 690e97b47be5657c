//! Live updates: what happened, told to whoever may know, in order, without gap or double.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod feed;
mod message;
mod progress;
mod resume;
mod shares;
mod sse;
mod subscription;
mod topics;
mod watch_events;

pub use self::message::{EventMessage, ProgressMessage};
pub(crate) use self::{
    feed::{LiveCommit, LiveFeed},
    message::progress_frame,
    progress::is_end,
    resume::{After, Resume},
    shares::{Holder, Shares},
    sse::open_stream,
    subscription::Subscription,
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(watch_events::watch_events))
}
