//! API keys: what a program may do for an account.

mod issue_api_key;
mod list_api_keys;
mod revoke_api_key;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(
            list_api_keys::list_api_keys,
            issue_api_key::issue_api_key
        ))
        .routes(routes!(revoke_api_key::revoke_api_key))
        .routes(routes!(list_api_keys::list_api_keys_of))
        .routes(routes!(revoke_api_key::revoke_api_key_of))
}
