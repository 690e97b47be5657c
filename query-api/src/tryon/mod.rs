//! Questions about try-ons.

use http_kit::{Caller, Problem, Role};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{QueryApi, answer, audience::is_account, database::in_time};

mod show_try_on;
mod watch_try_on;

pub use self::show_try_on::TryOnDocument;

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(show_try_on::show_try_on))
        .routes(routes!(watch_try_on::watch_try_on))
}

/// A try-on as the view has it.
struct Found {
    status: String,
    document: String,
}

/// Finds a try-on that the caller may see.
async fn find(api: &QueryApi, caller: &Caller, id: Uuid) -> Result<Found, Problem> {
    let row = sqlx::query!(
        "SELECT requested_by, status, document FROM drape.tryon_status WHERE id = $1",
        id
    );
    let fetching = row.fetch_optional(&api.inner.pool);
    let row = in_time(api.inner.options.database_timeout, fetching).await?;
    row.filter(|row| caller.role == Role::Admin || is_account(Some(caller), Some(row.requested_by)))
        .map(|row| Found {
            status: row.status,
            document: row.document,
        })
        .ok_or_else(|| answer::not_found("try-on-not-found", "There is no such try-on"))
}
