//! Try-ons: checked, requested, cancelled, rated. The worker does the rest.

mod cancel_after;
mod cancel_try_on;
mod check_try_on;
mod fitting_room;
mod open_try_ons;
mod rate_try_on;
mod request_try_on;

use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::{
    fitting_room::{Checking, Finding, FindingSubject, FittingRoom, no_engine},
    open_try_ons::{Counting, OpenTryOns, TryOnCounter, TryOnLimit},
};
use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(request_try_on::request_try_on))
        .routes(routes!(check_try_on::check_try_on))
        .routes(routes!(cancel_try_on::cancel_try_on))
        .routes(routes!(rate_try_on::rate_try_on))
}
