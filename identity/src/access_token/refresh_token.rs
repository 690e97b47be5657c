//! Tokens that are redeemed once, for the next.

use http_kit::{Problem, SecretToken};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{account::new_id, session::new_secret};

/// Marks the secret of a refresh token.
pub(super) const REFRESH_PREFIX: &str = "drr_";

/// A token that is to be issued. Drawn beforehand, so that inside of a transaction nothing fails but the database.
pub(crate) struct NewRefreshToken {
    id: Uuid,
    token: SecretToken,
}

impl NewRefreshToken {
    /// One that nobody has seen before, else 500.
    pub(crate) fn draw() -> Result<Self, Problem> {
        Ok(Self {
            id: new_id(),
            token: new_secret()?,
        })
    }
}

/// A token that was issued.
pub(crate) struct IssuedRefreshToken {
    /// The access token that goes with it.
    pub(crate) id: Uuid,
    /// Told once.
    pub(crate) secret: String,
}

/// Issues a token in a session.
pub(crate) async fn issue_in_tx(
    tx: &mut PgConnection,
    session: Uuid,
    new: NewRefreshToken,
) -> Result<IssuedRefreshToken, sqlx::Error> {
    sqlx::query!(
        "INSERT INTO identity.refresh_token (id, session, secret) VALUES ($1, $2, $3)",
        new.id,
        session,
        new.token.sha256()
    )
    .execute(tx)
    .await?;
    Ok(IssuedRefreshToken {
        id: new.id,
        secret: format!("{REFRESH_PREFIX}{}", new.token.reveal()),
    })
}
