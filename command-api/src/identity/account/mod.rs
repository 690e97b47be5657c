//! Accounts: opened by an admin.

mod caller;
mod register_account;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::caller::account_of;
use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(register_account::register_account))
}
