//! What a person may have of what is known of them.

mod archive;
mod export_me;
mod holdings;

use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::holdings::{AccountRecord, Accounts, FindingRecord, RecordUnavailable};
use crate::QueryApi;

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(export_me::export_me))
}
