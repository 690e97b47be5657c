//! People, for admins.

mod change_roles;
mod end_sessions_of;
mod list_people;
mod person;
mod register_account;
mod suspend;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(register_account::register_account))
        .routes(routes!(list_people::list_people))
        .routes(routes!(list_people::show_person))
        .routes(routes!(change_roles::change_roles))
        .routes(routes!(end_sessions_of::end_sessions_of))
        .routes(routes!(suspend::suspend_person, suspend::reinstate_person))
}
