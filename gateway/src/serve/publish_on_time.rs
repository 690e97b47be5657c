//! Publishes garments when their time has come.
//!
//! Every process that takes commands looks, and the first one wins. The view may show an old plan: the garment itself decides whether it
//! still stands. What is late (nobody ran at the time) is published as soon as somebody runs.

use std::time::Duration;

use domain::{
    catalog::garment::{Garment, PublishAsPlanned},
    shared::Moment,
};
use jetstream_es::{CommandContext, EventLog, ExecuteError, Executor};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How late a publication is at most.
const LOOK: Duration = Duration::from_secs(1);

/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Looks again and again, until `stop`.
pub(super) async fn publish_on_time(
    pool: PgPool,
    log: EventLog,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let garments = Executor::<Garment>::new(log, ());
    let looking = async {
        loop {
            tokio::time::sleep(LOOK).await;
            tokio::time::timeout(LIMIT, publish_due(&pool, &garments)).await??;
        }
    };
    stop.run_until_cancelled(Box::pin(looking))
        .await
        .unwrap_or(Ok(()))
}

async fn publish_due(pool: &PgPool, garments: &Executor<Garment>) -> anyhow::Result<()> {
    let due = sqlx::query!(
        "SELECT id, publish_at AS \"publish_at!\" FROM drape.garment_card
         WHERE publish_at IS NOT NULL AND publish_at::TIMESTAMPTZ <= now()
         ORDER BY publish_at LIMIT 100"
    )
    .fetch_all(pool)
    .await?;
    for row in due {
        // One plan, one command: whoever looks twice asks for the same thing.
        let command = CommandContext::new(format!("publish-{}-{}", row.id, row.publish_at));
        let id = row.id.to_string();
        let at = Moment::try_from(row.publish_at)?;
        let outcome = garments.execute(&id, PublishAsPlanned { at }.into(), command);
        match outcome.await {
            Ok(outcome) if outcome.written => info!(garment = %row.id, "published as planned"),
            // The view does not know yet what happened meanwhile.
            Ok(_) => {}
            Err(ExecuteError::Rejected(why)) => {
                warn!(garment = %row.id, "is not published as planned: {why}");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
