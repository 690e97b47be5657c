//! Sessions begin and end.

use std::time::Duration;

use http_kit::{Problem, SecretToken};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Client, Delivery};
use crate::{
    access_token::{IssuedRefreshToken, NewRefreshToken, issue_in_tx},
    account::new_id,
    authenticate::SESSION_PREFIX,
    database::moment,
};

/// How long a guest's own token lasts after somebody signed in, to hand over what the guest had.
pub(crate) const GUEST_HAND_OVER: Duration = Duration::from_mins(10);

/// A session that has begun.
pub(crate) struct OpenedSession {
    pub(crate) id: Uuid,
    /// What opens it: told once.
    pub(crate) secret: String,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) lifetime: Duration,
    pub(crate) refresh: Option<IssuedRefreshToken>,
}

/// A session that is to begin. Drawn beforehand, so that inside of a transaction nothing fails but the database.
pub(crate) struct NewSession {
    id: Uuid,
    token: SecretToken,
    agent: String,
    network: String,
    lifetime: Duration,
    refresh: Option<NewRefreshToken>,
}

impl NewSession {
    /// For whoever asks from there, and wants it delivered like this.
    pub(crate) fn draw(
        client: &Client,
        lifetime: Duration,
        delivery: Delivery,
    ) -> Result<Self, Problem> {
        let refresh = match delivery {
            Delivery::Access => Some(NewRefreshToken::draw()?),
            Delivery::Cookie | Delivery::Token => None,
        };
        Ok(Self {
            id: new_id(),
            token: new_secret()?,
            agent: client.agent.clone(),
            network: client.network.wide(),
            lifetime,
            refresh,
        })
    }
}

/// A secret that nobody has seen before, else 500.
pub(crate) fn new_secret() -> Result<SecretToken, Problem> {
    SecretToken::random().map_err(|error| {
        tracing::error!("no secret can be made: {}", telemetry::chain(&error));
        Problem::internal()
    })
}

/// Begins a session of an account.
pub(crate) async fn open_session_in_tx(
    tx: &mut PgConnection,
    account: Uuid,
    new: NewSession,
) -> Result<OpenedSession, sqlx::Error> {
    let insert = sqlx::query_scalar!(
        "INSERT INTO identity.session (id, account, secret, agent, network, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
         RETURNING extract(epoch FROM expires_at)::bigint AS \"expires_at!\"",
        new.id,
        account,
        new.token.sha256(),
        new.agent,
        new.network,
        new.lifetime.as_secs_f64()
    );
    let expires_at = insert.fetch_one(&mut *tx).await?;
    let refresh = match new.refresh {
        Some(refresh) => Some(issue_in_tx(tx, new.id, refresh).await?),
        None => None,
    };
    Ok(OpenedSession {
        id: new.id,
        secret: format!("{SESSION_PREFIX}{}", new.token.reveal()),
        expires_at: moment(expires_at),
        lifetime: new.lifetime,
        refresh,
    })
}

/// Ends all sessions of an account but one, and what was half a sign-in; says how many sessions.
pub(crate) async fn end_sessions_in_tx(
    tx: &mut PgConnection,
    account: Uuid,
    but: Option<Uuid>,
) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "DELETE FROM identity.half_sign_in WHERE account = $1",
        account
    )
    .execute(&mut *tx)
    .await?;
    let delete = sqlx::query!(
        "DELETE FROM identity.session WHERE account = $1 AND id IS DISTINCT FROM $2",
        account,
        but
    );
    Ok(delete.execute(tx).await?.rows_affected())
}
