//! Cancels try-ons that nobody waits for any more.
//!
//! A worker does that too where there is one; every process that takes commands looks, and the first one wins. The view may be behind: the
//! try-on itself decides whether it has ended.

use std::time::Duration;

use domain::tryon::session::{CancelTryOn, Session};
use jetstream_es::{CommandContext, EventLog, ExecuteError, Executor};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

/// How late one is cancelled at most.
const LOOK: Duration = Duration::from_secs(1);

/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(10);

/// How many are cancelled in one look.
const AT_ONCE: i64 = 100;

/// Looks again and again, until `stop`.
pub(super) async fn cancel_on_time(
    pool: PgPool,
    log: EventLog,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let sessions = Executor::<Session>::new(log, ());
    let looking = async {
        loop {
            tokio::time::sleep(LOOK).await;
            tokio::time::timeout(LIMIT, cancel_due(&pool, &sessions)).await??;
        }
    };
    stop.run_until_cancelled(Box::pin(looking))
        .await
        .unwrap_or(Ok(()))
}

async fn cancel_due(pool: &PgPool, sessions: &Executor<Session>) -> anyhow::Result<()> {
    let due = sqlx::query_scalar!(
        "SELECT id FROM drape.tryon_status
         WHERE status IN ('requested', 'running') AND cancel_at IS NOT NULL AND cancel_at <= now()
         ORDER BY cancel_at LIMIT $1",
        AT_ONCE
    )
    .fetch_all(pool)
    .await?;
    for id in due {
        // The worker's own command: whoever is first, it is carried out once.
        let command = CommandContext::new(format!("{id}-deadline")).with_actor("deadline");
        let session = id.to_string();
        match sessions
            .execute(&session, CancelTryOn {}.into(), command)
            .await
        {
            Ok(outcome) if outcome.written => info!(try_on = %id, "cancelled: nobody waits for it"),
            // The view does not know yet what happened meanwhile.
            Ok(_) => {}
            Err(ExecuteError::Rejected(why)) => debug!(try_on = %id, "stays as it is: {why}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
