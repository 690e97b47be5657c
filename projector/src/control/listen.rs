//! Projectors hear at once when something was decided.

use std::time::Duration;

use sqlx::{PgConnection, PgPool, postgres::PgListener};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::debug;

const CHANNEL: &str = "drape_control";

/// Whoever listens learns, once the transaction is committed, that something about the view was decided.
pub(crate) async fn tell_in_tx(tx: &mut PgConnection, view: &str) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!("SELECT pg_notify('drape_control', $1)", view)
        .fetch_one(tx)
        .await?;
    Ok(())
}

/// Counts decisions until `shutdown`. One that is missed while the database is away is found by looking now and then.
pub(crate) async fn listen(pool: PgPool, decided: watch::Sender<u64>, shutdown: CancellationToken) {
    let listening = async {
        loop {
            if let Err(error) = hear(&pool, &decided).await {
                debug!(%error, "decisions are out of hearing");
            }
            sleep(Duration::from_secs(1)).await;
        }
    };
    let _: Option<()> = shutdown.run_until_cancelled(listening).await;
}

async fn hear(pool: &PgPool, decided: &watch::Sender<u64>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        decided.send_modify(|count| *count = count.wrapping_add(1));
        listener.try_recv().await?;
    }
}
