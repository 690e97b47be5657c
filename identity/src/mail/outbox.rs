//! Writes and sends the mails that were asked for, again and again until the server takes them.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;
use thiserror::Error;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use super::{MailLanguage, Message, Transport, TransportError};
use crate::{challenge::new_secrets, throttle::Throttle};

/// How often is looked for mails that another process was asked for.
const LOOK: Duration = Duration::from_secs(1);

/// How long one mail may take: writing it down and handing it over, which has a limit of its own.
const PATIENCE: Duration = Duration::from_secs(50);

/// Between two sweeps of what has ended.
const SWEEP: Duration = Duration::from_mins(10);

/// Why a mail did not go out.
#[derive(Debug, Error)]
enum OutboxError {
    #[error("the sign-in's database cannot be used")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Randomness(#[from] http_kit::NoRandomness),
    #[error("a mail took too long")]
    Slow,
}

/// A mail that is to be written.
struct Due {
    id: Uuid,
    purpose: String,
    email: String,
    email_key: String,
    language: MailLanguage,
    attempts: i32,
}

/// Mails that were asked for.
pub(crate) struct Outbox {
    pub(crate) pool: PgPool,
    pub(crate) transport: Transport,
    pub(crate) site: String,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) woken: Notify,
}

impl Outbox {
    /// Sends until `stop`, and sweeps away now and then what has ended.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.woken.notified() => self.send_all(stop).await,
                () = tokio::time::sleep(LOOK) => self.send_all(stop).await,
                _ = sweep.tick() => self.sweep().await,
            }
        }
    }

    async fn send_all(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let sent = tokio::time::timeout(PATIENCE, self.send_one()).await;
            match sent.unwrap_or(Err(OutboxError::Slow)) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    warn!("a mail did not go out: {}", telemetry::chain(&error));
                    return;
                }
            }
        }
    }

    /// Sends the mail that is due; false where none is.
    async fn send_one(&self) -> Result<bool, OutboxError> {
        let Some(due) = self.claim().await? else {
            return Ok(false);
        };
        if due.attempts > 1 {
            info!(attempts = due.attempts, "a mail is tried again");
        }
        let Some(message) = self.message(&due).await? else {
            self.forget(due.id).await?;
            return Ok(true);
        };
        let (subject, text) = message.write(due.language, &self.site);
        if let Err(error) = self.transport.send(&due.email, subject, text).await {
            self.put_off(&due).await?;
            return Err(error.into());
        }
        match message {
            Message::AlreadySignedUp => self.forget(due.id).await?,
            Message::SignUp(_) | Message::Recovery(_) => {
                let sent = sqlx::query!(
                    "UPDATE identity.challenge SET mailed_at = now(), expires_at = now() + interval '15 minutes' WHERE id = $1",
                    due.id
                );
                sent.execute(&self.pool).await?;
            }
        }
        Ok(true)
    }

    /// Later each time: after two seconds, four, and so on up to a quarter of an hour.
    async fn put_off(&self, due: &Due) -> Result<(), sqlx::Error> {
        let update = sqlx::query!(
            "UPDATE identity.challenge SET next_attempt_at = now() + make_interval(secs => least(power(2, attempts), 900))
             WHERE id = $1",
            due.id
        );
        update.execute(&self.pool).await.map(|_| ())
    }

    /// Takes the mail that is due. Who takes it and dies leaves it to the next, after a minute.
    async fn claim(&self) -> Result<Option<Due>, sqlx::Error> {
        let row = sqlx::query!(
            "UPDATE identity.challenge
             SET attempts = attempts + 1, next_attempt_at = now() + interval '1 minute'
             WHERE id = (
                 SELECT id FROM identity.challenge
                 WHERE mailed_at IS NULL AND next_attempt_at <= now() AND expires_at > now()
                 ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING id, purpose, email, email_key, language, attempts"
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Due {
            id: row.id,
            purpose: row.purpose,
            email: row.email,
            email_key: row.email_key,
            language: MailLanguage::of(&row.language),
            attempts: row.attempts,
        }))
    }

    /// What the mail says; none where there is nothing to say. Its secrets are new each time: those of a mail that did not go
    /// out are forgotten.
    async fn message(&self, due: &Due) -> Result<Option<Message>, OutboxError> {
        let known = sqlx::query_scalar!(
            "SELECT EXISTS (SELECT FROM identity.person WHERE email_key = $1) AS \"known!\"",
            due.email_key
        )
        .fetch_one(&self.pool)
        .await?;
        let is_sign_up = due.purpose == crate::challenge::Purpose::SignUp.as_str();
        match (is_sign_up, known) {
            (true, true) => return Ok(Some(Message::AlreadySignedUp)),
            (false, false) => return Ok(None),
            (true, false) | (false, true) => {}
        }
        let (secrets, code, link) = new_secrets(due.id)?;
        sqlx::query!(
            "UPDATE identity.challenge SET code = $2, link = $3, attempts_left = 5 WHERE id = $1",
            due.id,
            code,
            link
        )
        .execute(&self.pool)
        .await?;
        Ok(Some(if is_sign_up {
            Message::SignUp(secrets)
        } else {
            Message::Recovery(secrets)
        }))
    }

    async fn forget(&self, id: Uuid) -> Result<(), sqlx::Error> {
        let delete = sqlx::query!("DELETE FROM identity.challenge WHERE id = $1", id);
        delete.execute(&self.pool).await.map(|_| ())
    }

    /// Forgets what has ended.
    async fn sweep(&self) {
        self.throttle.sweep();
        match tokio::time::timeout(PATIENCE, self.forget_what_has_ended()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => error!("what has ended cannot be swept away: {error}"),
            Err(_) => error!("what has ended cannot be swept away in time"),
        }
    }

    async fn forget_what_has_ended(&self) -> Result<(), sqlx::Error> {
        sqlx::query!("DELETE FROM identity.challenge WHERE expires_at < now()")
            .execute(&self.pool)
            .await?;
        sqlx::query!("DELETE FROM identity.session WHERE expires_at < now()")
            .execute(&self.pool)
            .await?;
        sqlx::query!("DELETE FROM identity.provider_sign_in WHERE expires_at < now()")
            .execute(&self.pool)
            .await?;
        sqlx::query!("DELETE FROM identity.ceremony WHERE expires_at < now()")
            .execute(&self.pool)
            .await?;
        sqlx::query!("DELETE FROM identity.half_sign_in WHERE expires_at < now()")
            .execute(&self.pool)
            .await?;
        // An app that was never confirmed.
        sqlx::query!(
            "DELETE FROM identity.totp WHERE confirmed_at IS NULL AND created_at < now() - interval '1 day'"
        )
        .execute(&self.pool)
        .await?;
        // Long enough for whoever looks why it opens nothing any more.
        sqlx::query!("DELETE FROM identity.api_key WHERE expires_at < now() - interval '90 days'")
            .execute(&self.pool)
            .await?;
        // The log was never told of them, so they never opened anything: whoever wanted one has sent the request again since.
        sqlx::query!(
            "DELETE FROM identity.api_key WHERE NOT issued AND created_at < now() - interval '1 day'"
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
    }
}
