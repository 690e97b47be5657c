//! `POST /v1/access-tokens`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use http_kit::{JsonBody, Problem, SecretToken};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::refresh_token::{IssuedRefreshToken, NewRefreshToken, REFRESH_PREFIX, issue_in_tx};
use crate::{Identity, database::in_time, role, session::not_kept};

/// What renews an access token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    /// The refresh token that came last.
    #[schema(
        min_length = 36,
        max_length = 36,
        pattern = "^drr_[0-9a-f]{32}$",
        example = "drr_5f0c7f349a7d4c55a1a24a6f0f6b0f0e"
    )]
    refresh_token: String,
}

/// An access token, and what renews it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessTokens {
    /// For `Authorization: Bearer`, here and at whoever knows the keys of `/.well-known/jwks.json`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2lnbmVk")]
    pub(crate) access_token: String,
    /// When it ends.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub(crate) access_expires_at: OffsetDateTime,
    /// Renews it, once, with `POST /v1/access-tokens`.
    #[schema(example = "drr_5f0c7f349a7d4c55a1a24a6f0f6b0f0e")]
    pub(crate) refresh_token: String,
}

/// Whom a refresh token was redeemed for.
struct Redeemed {
    account: Uuid,
    roles: Vec<String>,
    session: Uuid,
    issued: IssuedRefreshToken,
}

/// What became of a refresh token.
enum Outcome {
    Redeemed(Redeemed),
    Unknown,
    /// It had been redeemed before, and its session has ended for that.
    Reused(Uuid),
}

/// Renew an access token. A refresh token is redeemed once: its answer has the next. One that is brought again was stolen, or its
/// answer was lost. As long as nothing of that answer was used here, it counts as lost and another one is given; else the session
/// ends, and all that was issued in it.
#[utoipa::path(
    post,
    path = "/v1/access-tokens",
    operation_id = "refreshAccessToken",
    summary = "Renew an access token",
    tag = "identity",
    request_body = RefreshBody,
    responses(
        (status = 200, description = "The next tokens.", body = AccessTokens),
        (status = 401, description = "The refresh token is not known, or its session has ended: `refresh-refused`; it had been redeemed before, so the session ends: `refresh-reused`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refresh_access_token(
    State(identity): State<Identity>,
    JsonBody(body): JsonBody<RefreshBody>,
) -> Result<Response, Problem> {
    let digits = body.refresh_token.strip_prefix(REFRESH_PREFIX);
    let secret: Option<SecretToken> = digits.and_then(|digits| digits.parse().ok());
    let secret = secret.ok_or_else(refused)?;
    // Before anything is redeemed: an answer that cannot be signed would be a lost one.
    identity.signing_keys.keyring().await?;
    match identity.redeem_refresh_token(&secret).await? {
        Outcome::Redeemed(redeemed) => {
            let who = (redeemed.account, redeemed.session);
            let roles = role::from_texts(&redeemed.roles);
            let tokens = identity.access_tokens(who, roles, redeemed.issued).await?;
            let (once, header) = not_kept();
            Ok((once, header, Json(tokens)).into_response())
        }
        Outcome::Unknown => Err(refused()),
        Outcome::Reused(account) => {
            tracing::warn!(%account, "a refresh token came twice, so its session has ended");
            Err(reused())
        }
    }
}

fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "refresh-refused",
        "This refresh token opens nothing",
    )
    .detail("Sign in again.")
}

fn reused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "refresh-reused",
        "This refresh token had been redeemed before",
    )
    .detail("Somebody else may have it, so the session has ended. Sign in again.")
}

impl Identity {
    /// Signs the access token that goes with a refresh token.
    pub(crate) async fn access_tokens(
        &self,
        (account, session): (Uuid, Uuid),
        roles: http_kit::Roles,
        issued: IssuedRefreshToken,
    ) -> Result<AccessTokens, Problem> {
        let keyring = self.signing_keys.keyring().await?;
        let signed = keyring.sign((account, session, issued.id), roles);
        let (access_token, access_expires_at) = signed.map_err(|error| {
            tracing::error!(
                "an access token cannot be signed: {}",
                telemetry::chain(&error)
            );
            Problem::internal()
        })?;
        Ok(AccessTokens {
            access_token,
            access_expires_at,
            refresh_token: issued.secret,
        })
    }

    /// In one transaction that holds the session: what happens to one token of it happens before or after all else.
    async fn redeem_refresh_token(&self, secret: &SecretToken) -> Result<Outcome, Problem> {
        let new = NewRefreshToken::draw()?;
        let redeeming = async {
            let mut tx = self.pool.begin().await?;
            let outcome = self.redeem_in_tx(&mut tx, secret, new).await?;
            tx.commit().await?;
            Ok(outcome)
        };
        let outcome = in_time(redeeming).await?;
        if let Outcome::Reused(account) = &outcome {
            self.recognised.ended(*account);
        }
        Ok(outcome)
    }

    async fn redeem_in_tx(
        &self,
        tx: &mut PgConnection,
        secret: &SecretToken,
        new: NewRefreshToken,
    ) -> Result<Outcome, sqlx::Error> {
        let found = sqlx::query!(
            "SELECT session.id, session.account, person.roles
             FROM identity.refresh_token JOIN identity.session ON session.id = refresh_token.session
             JOIN identity.person USING (account)
             WHERE refresh_token.secret = $1 AND session.expires_at > now()
               AND session.seen_at > now() - make_interval(secs => $2) AND person.suspended_at IS NULL
             FOR UPDATE OF session",
            secret.sha256(),
            self.options.session_idle.as_secs_f64()
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(found) = found else {
            return Ok(Outcome::Unknown);
        };
        // Read again, now that the session is held.
        let token = sqlx::query!(
            "SELECT id, successor FROM identity.refresh_token WHERE secret = $1",
            secret.sha256()
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(token) = token else {
            return Ok(Outcome::Unknown);
        };
        if let Some(successor) = token.successor
            && !was_lost_in_tx(tx, successor).await?
        {
            sqlx::query!("DELETE FROM identity.session WHERE id = $1", found.id)
                .execute(&mut *tx)
                .await?;
            return Ok(Outcome::Reused(found.account));
        }
        let issued = issue_in_tx(tx, found.id, new).await?;
        succeed_in_tx(tx, found.id, token.id, issued.id).await?;
        Ok(Outcome::Redeemed(Redeemed {
            account: found.account,
            roles: found.roles,
            session: found.id,
            issued,
        }))
    }
}

/// Whether the answer with this token counts as lost: nothing of it was used. Then it opens nothing from here on.
async fn was_lost_in_tx(tx: &mut PgConnection, token: Uuid) -> Result<bool, sqlx::Error> {
    let lost = sqlx::query!(
        "DELETE FROM identity.refresh_token WHERE id = $1 AND successor IS NULL AND used_at IS NULL",
        token
    );
    Ok(lost.execute(tx).await?.rows_affected() > 0)
}

/// One token takes the place of another in a session, which is in use.
async fn succeed_in_tx(
    tx: &mut PgConnection,
    session: Uuid,
    token: Uuid,
    successor: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE identity.refresh_token SET successor = $2 WHERE id = $1",
        token,
        successor
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE identity.session SET seen_at = now() WHERE id = $1",
        session
    )
    .execute(&mut *tx)
    .await?;
    // Older ones are unknown from here on.
    sqlx::query!(
        "DELETE FROM identity.refresh_token WHERE session = $1 AND created_at < now() - interval '30 days' AND successor IS NOT NULL",
        session
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}
