//! Sessions begin and end.

use std::time::Duration;

use http_kit::{Problem, SecretToken};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Client;
use crate::{account::new_id, authenticate::SESSION_PREFIX, me::moment};

/// How long a guest's own token lasts after somebody signed in, to hand over what the guest had.
pub(crate) const GUEST_HAND_OVER: Duration = Duration::from_mins(10);

/// A session that has begun.
pub(crate) struct OpenedSession {
    pub(crate) id: Uuid,
    /// What opens it: told once.
    pub(crate) secret: String,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) lifetime: Duration,
}

/// Begins a session of an account.
pub(crate) async fn open_session(
    connection: &mut PgConnection,
    account: Uuid,
    client: &Client,
    lifetime: Duration,
) -> Result<OpenedSession, SessionError> {
    let token = SecretToken::random()?;
    let id = new_id();
    let insert = sqlx::query_scalar!(
        "INSERT INTO identity.session (id, account, secret, agent, network, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
         RETURNING extract(epoch FROM expires_at)::bigint AS \"expires_at!\"",
        id,
        account,
        token.sha256(),
        client.agent,
        client.network.wide(),
        lifetime.as_secs_f64()
    );
    let expires_at = insert.fetch_one(connection).await?;
    Ok(OpenedSession {
        id,
        secret: format!("{SESSION_PREFIX}{}", token.reveal()),
        expires_at: moment(expires_at),
        lifetime,
    })
}

/// Ends all sessions of an account but one; says how many.
pub(crate) async fn end_sessions(
    connection: &mut PgConnection,
    account: Uuid,
    but: Option<Uuid>,
) -> Result<u64, sqlx::Error> {
    let delete = sqlx::query!(
        "DELETE FROM identity.session WHERE account = $1 AND id IS DISTINCT FROM $2",
        account,
        but
    );
    Ok(delete.execute(connection).await?.rows_affected())
}

/// Why no session began.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Randomness(#[from] http_kit::NoRandomness),
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        tracing::error!("no session could begin: {}", telemetry::chain(&error));
        match error {
            SessionError::Database(_) => Self::unavailable(),
            SessionError::Randomness(_) => Self::internal(),
        }
    }
}
