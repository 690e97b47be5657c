//! Questions about the running system.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::QueryApi;

mod list_audit;

pub use self::list_audit::{AuditAction, AuditDocument, AuditPage};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(list_audit::list_audit))
}
