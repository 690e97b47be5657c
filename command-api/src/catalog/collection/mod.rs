//! Collections: added, revised, filled by hand or by a rule, pinned, removed.

mod add_collection;
mod choose_members;
mod details;
mod execute;
mod members;
mod members_schema;
mod pin_garments;
mod remove_collection;
mod revise_collection;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

pub(crate) use self::details::LocalWordsBody;
pub(super) use self::{members::ids, members_schema::pinned};

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(add_collection::add_collection))
        .routes(routes!(
            revise_collection::revise_collection,
            remove_collection::remove_collection
        ))
        .routes(routes!(choose_members::choose_members))
        .routes(routes!(pin_garments::pin_garments))
}
