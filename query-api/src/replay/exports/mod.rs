//! Exports: a replay that is made into a file while the client does something else.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod create_export;
mod download_export;
mod show_export;
mod spool;
mod status;

pub(crate) use self::spool::Exports;
pub use self::{
    spool::ExportOptions,
    status::{ExportState, ExportStatus},
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(create_export::create_export))
        .routes(routes!(show_export::show_export))
        .routes(routes!(download_export::download_export))
}
