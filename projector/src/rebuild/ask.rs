//! Asking for a new generation, and calling it off.

use sqlx::PgConnection;

use super::prepare::drop_in_tx;
use crate::{control::tell_in_tx, generation::Generation, view::AnyView};

/// Why a new generation is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody wants it.
    Requested,
    /// The program builds a newer version of the view.
    Version,
}

impl Cause {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Version => "version",
        }
    }
}

/// Asks for one; false when one is under way. What a person called off, or what failed, is begun anew only when a
/// person asks.
pub(crate) async fn ask_in_tx(
    tx: &mut PgConnection,
    view: &str,
    cause: Cause,
) -> Result<bool, sqlx::Error> {
    let asked = sqlx::query!(
        "INSERT INTO drape.rebuild AS known (view, cause, state) VALUES ($1, $2, 'requested')
         ON CONFLICT (view) DO UPDATE SET
             cause = excluded.cause, state = 'requested', target = 0, since = now(), ended = NULL, report = NULL,
             failure = NULL
         WHERE known.state = 'done' OR ($2 = 'requested' AND known.state IN ('failed', 'cancelled'))",
        view,
        cause.as_str()
    )
    .execute(&mut *tx)
    .await?;
    let asked = asked.rows_affected() > 0;
    if asked {
        tell_in_tx(tx, view).await?;
    }
    Ok(asked)
}

/// Calls it off; false when none is under way. Nothing of it stays.
pub(crate) async fn cancel_in_tx(
    tx: &mut PgConnection,
    view: AnyView,
) -> Result<bool, sqlx::Error> {
    sqlx::query!("SET LOCAL lock_timeout = '10s'")
        .execute(&mut *tx)
        .await?;
    // The builder locks in this order too.
    let next = Generation::next(view);
    sqlx::query!(
        "SELECT view FROM drape.checkpoint WHERE view = $1 FOR UPDATE",
        next.key
    )
    .fetch_optional(&mut *tx)
    .await?;
    let cancelled = sqlx::query!(
        "UPDATE drape.rebuild SET state = 'cancelled', ended = now()
         WHERE view = $1 AND state IN ('requested', 'building')",
        view.name
    )
    .execute(&mut *tx)
    .await?;
    if cancelled.rows_affected() == 0 {
        return Ok(false);
    }
    drop_in_tx(&mut *tx, &next).await?;
    tell_in_tx(tx, view.name).await?;
    Ok(true)
}
