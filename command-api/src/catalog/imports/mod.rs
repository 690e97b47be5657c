//! Catalogues of other systems, read from files: in the background over HTTP, or by whoever holds an [`Importer`].

mod create_import;
mod feed;
mod importer;
mod item;
mod pictures;
mod run;
mod show_import;
mod spool;
mod status;
mod stock;
mod watch_import;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

pub use self::{
    importer::{ImportContext, ImportError, ImportOptions, Importer},
    item::{garment_id, item_of, tell_stock},
    pictures::PictureFiles,
    run::Imports,
    spool::SpoolOptions,
    status::{ImportReport, ImportState, ImportStatus},
};

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(create_import::create_import))
        .routes(routes!(show_import::show_import))
        .routes(routes!(watch_import::watch_import))
}
