//! Questions about try-ons.

use http_kit::{Caller, Problem, Role};
use jetstream_es::Position;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    QueryApi, answer,
    audience::is_account,
    checkpoints::{Reached, View},
    database::in_time,
};

mod queue;
mod show_try_on;
mod watch_try_on;

pub use self::{
    queue::{QueueDocument, QueuedMessage},
    show_try_on::{ReasonDocument, TryOnDocument},
};

pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .routes(routes!(show_try_on::show_try_on))
        .routes(routes!(watch_try_on::watch_try_on))
}

/// A try-on as the view has it.
struct Found {
    status: String,
    document: String,
    /// How far the view had come when it showed this.
    sequence: u64,
}

/// Finds a try-on that the caller may see, in a view that is at `min` at least.
///
/// The answer that names a new try-on comes before the view shows it, and a browser's `EventSource` cannot say what it waits
/// for. So nobody is told that there is no such try-on before the view has everything that was logged when it was asked.
async fn find(
    api: &QueryApi,
    caller: &Caller,
    min: Option<&Position>,
    id: Uuid,
) -> Result<(Found, Reached), Problem> {
    let mut at = api.wait(View::TryonStatus, min).await?;
    let mut found = look(api, id).await?;
    if found.is_none() {
        at = api.wait_for_all_logged(View::TryonStatus).await?;
        found = look(api, id).await?;
    }
    found
        .filter(|(owner, _)| caller.is(Role::Admin) || is_account(Some(caller), Some(*owner)))
        .map(|(_, found)| (found, at))
        .ok_or_else(|| answer::not_found("try-on-not-found", "There is no such try-on"))
}

impl Found {
    /// Whether no worker has taken it up yet.
    fn waits(&self) -> bool {
        self.status == "requested"
    }
}

/// One look at the view: whose the try-on is, and how it is doing.
async fn look(api: &QueryApi, id: Uuid) -> Result<Option<(Uuid, Found)>, Problem> {
    let row = sqlx::query!(
        "SELECT tryon_status.requested_by, tryon_status.status, tryon_status.document, checkpoint.sequence
         FROM drape.tryon_status
         JOIN drape.checkpoint ON checkpoint.view = 'tryon_status'
         WHERE tryon_status.id = $1",
        id
    );
    let fetching = row.fetch_optional(&api.inner.pool);
    let row = in_time(api.inner.options.database_timeout, fetching).await?;
    Ok(row.map(|row| {
        let found = Found {
            status: row.status,
            document: row.document,
            sequence: u64::try_from(row.sequence).unwrap_or_default(),
        };
        (row.requested_by, found)
    }))
}
