//! Between the password and the second factor: whoever gave the first holds a challenge, for a few minutes.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http_kit::{Problem, Roles, SecretToken};
use uuid::Uuid;

use crate::{
    Identity,
    account::new_id,
    database::in_time,
    role,
    session::{Client, new_secret, not_kept},
};

/// Somebody who has shown one factor.
pub(super) struct HalfSignedIn {
    pub(super) id: Uuid,
    pub(super) account: Uuid,
    pub(super) roles: Roles,
    /// Whether they are signed in from this network already.
    pub(super) is_known_here: bool,
}

impl Identity {
    /// The answer to whoever has given the right password where that is not enough.
    pub(crate) async fn want_second_factor(&self, account: Uuid) -> Result<Response, Problem> {
        let token = new_secret()?;
        let insert = sqlx::query!(
            "INSERT INTO identity.half_sign_in (id, account, secret, expires_at)
             VALUES ($1, $2, $3, now() + interval '5 minutes')",
            new_id(),
            account,
            token.sha256()
        );
        in_time(insert.execute(&self.pool)).await?;
        let problem = Problem::new(
            StatusCode::UNAUTHORIZED,
            "second-factor-wanted",
            "Show the second factor too",
        )
        .detail(
            "Send the challenge with a code to POST /v1/sign-in/second-factor within five minutes.",
        )
        .challenge(token.reveal());
        let (once, header) = not_kept();
        Ok((once, header, problem).into_response())
    }

    /// Whose challenge this is, and takes an attempt of the five that it has; 401 where it is none that is good.
    pub(super) async fn half_signed_in(
        &self,
        challenge: &SecretToken,
        client: &Client,
    ) -> Result<HalfSignedIn, Problem> {
        let take = sqlx::query!(
            "UPDATE identity.half_sign_in SET attempts_left = attempts_left - 1
             FROM identity.person
             WHERE half_sign_in.secret = $1 AND half_sign_in.attempts_left > 0 AND half_sign_in.expires_at > now()
               AND person.account = half_sign_in.account AND person.suspended_at IS NULL
             RETURNING half_sign_in.id, half_sign_in.account, person.roles,
                 EXISTS (SELECT FROM identity.session
                         WHERE session.account = half_sign_in.account AND session.network = $2) AS \"is_known_here!\"",
            challenge.sha256(),
            client.network.wide()
        );
        let row = in_time(take.fetch_optional(&self.pool)).await?;
        let row = row.ok_or_else(|| {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "challenge-refused",
                "This challenge is not good any more",
            )
            .detail("It is good for five minutes and five attempts. Sign in anew.")
        })?;
        Ok(HalfSignedIn {
            id: row.id,
            account: row.account,
            roles: role::from_texts(&row.roles),
            is_known_here: row.is_known_here,
        })
    }
}
