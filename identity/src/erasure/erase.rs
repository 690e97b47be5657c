//! The going: what is somebody's is made unreadable first, deleted then, and the log is told.
//!
//! Each step may be repeated, and the row that asks for it goes last: whatever breaks off is begun again.

use std::time::Duration;

use domain::{identity::account::EraseAccount, wardrobe::wardrobe::EraseWardrobe};
use jetstream_es::{CommandContext, ExecuteError};
use thiserror::Error;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use crate::{Identity, database::in_time, session::end_sessions_in_tx};

/// How often is looked for whose time has come.
const LOOK: Duration = Duration::from_secs(2);

/// How often is looked for keys under an old master key: that is a decision of whoever runs the system, and rare.
const TURN: Duration = Duration::from_secs(30);

/// How long one erasure may take: somebody may have many pictures. What broke off is begun again.
const PATIENCE: Duration = Duration::from_mins(5);

/// Why somebody is not erased yet. It is tried again.
#[derive(Debug, Error)]
enum EraseError {
    #[error("the sign-in's database cannot be used")]
    Database(#[from] sqlx::Error),
    #[error("the pictures cannot be deleted")]
    Blobs(#[from] blob_store::BlobError),
    #[error("the log was not told")]
    Log(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("it took too long")]
    Slow,
}

impl Identity {
    /// Erases whose time has come, until `stop`, and turns keys to the newest master key.
    pub(crate) async fn erase_on_time(&self, stop: &CancellationToken) {
        let mut turn = tokio::time::interval(TURN);
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = turn.tick() => self.turn_keys(stop).await,
                () = tokio::time::sleep(LOOK) => self.erase_due(stop).await,
            }
        }
    }

    /// All keys that are sealed under an old master key, a few at a time.
    async fn turn_keys(&self, stop: &CancellationToken) {
        if let Err(problem) = self.signing_keys.turn().await {
            warn!("the keys of access tokens are not turned: {problem:?}");
        }
        while !stop.is_cancelled() {
            match tokio::time::timeout(PATIENCE, self.subject_keys.turn()).await {
                Ok(Ok(0)) => return,
                Ok(Ok(turned)) => info!("{turned} keys are sealed under the newest master key"),
                Ok(Err(error)) => {
                    return warn!("keys are not turned: {}", telemetry::chain(&error));
                }
                Err(_) => return warn!("keys are not turned in time"),
            }
        }
    }

    /// Whoever cannot be erased now does not hold up the others.
    async fn erase_due(&self, stop: &CancellationToken) {
        // Whoever was tried and failed is among the first again, so the others are looked for behind them.
        let mut failed: Vec<Uuid> = Vec::new();
        while !stop.is_cancelled() {
            let due = sqlx::query_scalar!(
                "SELECT account FROM identity.person WHERE erase_at <= now() AND account <> ALL($1) ORDER BY erase_at LIMIT 20",
                &failed
            );
            let Ok(due) = in_time(due.fetch_all(&self.pool)).await else {
                return;
            };
            if due.is_empty() {
                return;
            }
            for account in due {
                let erased = tokio::time::timeout(PATIENCE, self.erase(account)).await;
                if let Err(error) = erased.unwrap_or(Err(EraseError::Slow)) {
                    let why = telemetry::chain(&error);
                    warn!(%account, "the erasure of {account} is tried again: {why}");
                    failed.push(account);
                }
            }
        }
    }

    async fn erase(&self, account: Uuid) -> Result<(), EraseError> {
        self.take_along(account).await?;
        self.shut(account).await?;
        let blobs = self.blobs.erase(account).await?;
        let id = account.to_string();
        let context = |what: &str| CommandContext::new(format!("erase-{what}-{account}"));
        let wardrobe = EraseWardrobe {};
        let emptied = self
            .wardrobes
            .execute(&id, wardrobe.into(), context("wardrobe"));
        told(emptied.await)?;
        let account_erased = EraseAccount {};
        let erased = self
            .accounts
            .execute(&id, account_erased.into(), context("account"));
        told(erased.await)?;
        self.forget(account, blobs).await?;
        info!(%account, blobs, "an account is erased");
        Ok(())
    }

    /// The guests that somebody was before they signed in, and whose wardrobes they took over, go too.
    async fn take_along(&self, account: Uuid) -> Result<(), EraseError> {
        let wardrobe = self.wardrobes.load(&account.to_string()).await;
        let wardrobe = wardrobe.map_err(|error| EraseError::Log(Box::new(error)))?;
        let merged = wardrobe.aggregate.merged().iter();
        let merged: Vec<Uuid> = merged.map(|account| account.as_uuid()).collect();
        let update = sqlx::query!(
            "UPDATE identity.person SET erase_at = coalesce(erase_at, now()) WHERE account = ANY($1) AND email IS NULL",
            &merged
        );
        update.execute(&self.pool).await?;
        Ok(())
    }

    /// From here on nobody can come in, and no picture can be read or stored.
    async fn shut(&self, account: Uuid) -> Result<(), sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO identity.subject_key (account) VALUES ($1)
             ON CONFLICT (account) DO UPDATE SET sealed = NULL, master = NULL",
            account
        )
        .execute(&mut *tx)
        .await?;
        end_sessions_in_tx(&mut tx, account, None).await?;
        sqlx::query!("DELETE FROM identity.totp WHERE account = $1", account)
            .execute(&mut *tx)
            .await?;
        sqlx::query!("DELETE FROM identity.passkey WHERE account = $1", account)
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "DELETE FROM identity.provider_link WHERE account = $1",
            account
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        self.recognised.ended(account);
        Ok(())
    }

    /// Deletes who it was and leaves a receipt.
    async fn forget(&self, account: Uuid, blobs: usize) -> Result<(), sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        sqlx::query!(
            "DELETE FROM identity.challenge
             WHERE account = $1 OR email_key = (SELECT email_key FROM identity.person WHERE account = $1)",
            account
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("DELETE FROM identity.person WHERE account = $1", account)
            .execute(&mut *tx)
            .await?;
        // Begun again, it has deleted fewer.
        sqlx::query!(
            "INSERT INTO identity.erasure (account, blobs) VALUES ($1, $2)
             ON CONFLICT (account) DO UPDATE SET blobs = erasure.blobs + excluded.blobs",
            account,
            i64::try_from(blobs).unwrap_or(i64::MAX)
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

/// That there was nothing to erase is no failure.
fn told<T, R: std::error::Error + Send + Sync + 'static>(
    outcome: Result<T, ExecuteError<R>>,
) -> Result<(), EraseError> {
    match outcome {
        Ok(_) | Err(ExecuteError::Rejected(_)) => Ok(()),
        Err(error) => Err(EraseError::Log(Box::new(error))),
    }
}
