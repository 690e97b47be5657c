//! Noting a decision.

use http_kit::Decision;
use sqlx::PgConnection;

use super::Decided;

/// Notes what was decided. In the transaction that makes it so, after that has locked the person's row, or the signing keys: so the
/// notes about one thing stand in the order in which they came into force.
pub(crate) async fn note_in_tx(
    tx: &mut PgConnection,
    decided: Decided,
    decision: &Decision,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO identity.decision (account, what, actor, network, reason, correlation_id, traceparent)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        decided.about(),
        decided.as_str(),
        decision.caller.account,
        decision.from,
        decision.reason,
        decision.correlation_id,
        decision.traceparent
    )
    .execute(tx)
    .await
    .map(|_| ())
}
