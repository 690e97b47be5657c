//! Noting a decision.

use domain::operations::projection::ProjectionDecision;
use sqlx::PgConnection;

use super::Decider;
use crate::{control::tell_in_tx, numbers::to_sql};

/// Notes what was decided about a view. In the transaction that makes it so, after that has locked a row of the view's: so the notes
/// about one view stand in the order in which they came into force.
pub(crate) async fn note_in_tx(
    tx: &mut PgConnection,
    view: &str,
    what: ProjectionDecision,
    by: &Decider,
) -> Result<(), sqlx::Error> {
    // Whatever the transaction is besides: who decided must not be lost with a server.
    sqlx::query!("SET LOCAL synchronous_commit = 'on'")
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO drape.decision (view, what, sequence, actor, network, reason, correlation_id, traceparent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        view,
        what.as_str(),
        what.sequence().map(to_sql),
        by.actor,
        by.network,
        by.reason,
        by.correlation_id,
        by.traceparent
    )
    .execute(&mut *tx)
    .await?;
    tell_in_tx(tx, view).await
}
