//! Sessions: signing in, and what is open.

mod begin_session;
mod client;
mod deliver;
mod list_sessions;
mod open_session;
mod revoke_session;
mod sign_in;
mod sign_out;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::{
    client::Client,
    deliver::{Delivery, SignedIn, not_kept},
    open_session::{
        GUEST_HAND_OVER, NewSession, OpenedSession, end_sessions_in_tx, new_secret,
        open_session_in_tx,
    },
};
use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(
            list_sessions::list_sessions,
            revoke_session::revoke_other_sessions
        ))
        .routes(routes!(revoke_session::revoke_session))
}
