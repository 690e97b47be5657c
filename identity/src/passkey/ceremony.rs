//! Challenges for authenticators: given out, and taken back once within five minutes.

use http_kit::Problem;
use uuid::Uuid;
use webauthn_rp::response::SentChallenge;

use crate::{Identity, database::in_time};

/// As PostgreSQL has it.
fn text(challenge: SentChallenge) -> String {
    hex::encode(challenge.0.to_be_bytes())
}

impl Identity {
    /// Remembers what was asked. `account` registers a passkey; none signs in.
    pub(super) async fn begin_ceremony(
        &self,
        challenge: SentChallenge,
        account: Option<Uuid>,
        state: &[u8],
    ) -> Result<(), Problem> {
        let insert = sqlx::query!(
            "INSERT INTO identity.ceremony (challenge, account, state, expires_at)
             VALUES ($1, $2, $3, now() + interval '5 minutes')",
            text(challenge),
            account,
            state
        );
        in_time(insert.execute(&self.pool)).await.map(|_| ())
    }

    /// What was asked with this challenge, of this account; from now on nobody can answer it any more.
    pub(super) async fn end_ceremony(
        &self,
        challenge: SentChallenge,
        account: Option<Uuid>,
    ) -> Result<Option<Vec<u8>>, Problem> {
        let delete = sqlx::query_scalar!(
            "DELETE FROM identity.ceremony
             WHERE challenge = $1 AND account IS NOT DISTINCT FROM $2 AND expires_at > now() RETURNING state",
            text(challenge),
            account
        );
        in_time(delete.fetch_optional(&self.pool)).await
    }
}

/// Something of ours that a library could not write down or read: 500, and why into the log.
pub(super) fn broken(what: &str, error: &dyn std::fmt::Display) -> Problem {
    tracing::error!("{what}: {error}");
    Problem::internal()
}
