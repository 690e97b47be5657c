//! Whose credential it is: a configured token, a sign-in, an access token of one, or a program's key.
//!
//! One statement on a primary key, and for a few seconds none ([`Recognised`]): what was revoked is dead at once in the process that
//! revoked it, and in others as soon as PostgreSQL told them.
//!
//! [`Recognised`]: crate::recognition::Recognised

use std::time::{Duration, Instant};

use http_kit::{Authenticating, Authenticator, Caller, Credential, Problem, SecretToken};
use uuid::Uuid;

use crate::{Identity, database::in_time, role};

/// Marks the secret of a sign-in.
pub(crate) const SESSION_PREFIX: &str = "drs_";

/// Marks the secret of an API key.
pub(crate) const KEY_PREFIX: &str = "drp_";

impl Authenticator for Identity {
    fn authenticate<'a>(&'a self, credential: Credential<'a>) -> Authenticating<'a> {
        Box::pin(async move {
            match credential {
                Credential::Cookie(secret) => self.session(secret).await,
                Credential::Bearer(token) => {
                    // Configured tokens may look like anything.
                    if let Some(caller) = self.options.tokens.caller_of(token) {
                        return Ok(Some(caller.clone()));
                    }
                    if token.starts_with(KEY_PREFIX) {
                        return self.api_key(token).await;
                    }
                    // No secret of ours has dots in it.
                    if token.contains('.') {
                        return self.access_token(token).await;
                    }
                    self.session(token).await
                }
            }
        })
    }
}

/// How long something lasts yet, from PostgreSQL's seconds.
fn left(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// The hash of a secret that starts like this; none where it is no secret of ours.
fn hash_of(prefix: &str, secret: &str) -> Option<String> {
    let token: SecretToken = secret.strip_prefix(prefix)?.parse().ok()?;
    Some(token.sha256())
}

impl Identity {
    async fn session(&self, secret: &str) -> Result<Option<Caller>, Problem> {
        let Some(hash) = hash_of(SESSION_PREFIX, secret) else {
            return Ok(None);
        };
        if let Some(caller) = self.recognised.caller(&hash) {
            return Ok(Some(caller));
        }
        let asked = Instant::now();
        let select = sqlx::query!(
            "SELECT session.id, session.account, person.roles,
                    session.seen_at < now() - interval '1 minute' AS \"is_stale!\",
                    extract(epoch FROM least(session.expires_at, session.seen_at + make_interval(secs => $2)) - now())::float8 AS \"left!\"
             FROM identity.session JOIN identity.person USING (account)
             WHERE session.secret = $1 AND session.expires_at > now()
               AND session.seen_at > now() - make_interval(secs => $2) AND person.suspended_at IS NULL",
            hash,
            self.options.session_idle.as_secs_f64()
        );
        let Some(row) = in_time(select.fetch_optional(&self.pool)).await? else {
            return Ok(None);
        };
        if row.is_stale {
            self.seen(row.id).await?;
        }
        let caller = Caller {
            roles: role::from_texts(&row.roles),
            account: row.account.to_string(),
            session: Some(row.id),
        };
        let known = (caller.clone(), row.account);
        self.recognised.remember(hash, known, asked, left(row.left));
        Ok(Some(caller))
    }

    /// An access token opens what its session opens: nothing, once that has ended, or once its answer counts as lost.
    async fn access_token(&self, token: &str) -> Result<Option<Caller>, Problem> {
        let Some(claims) = self.signing_keys.check(token).await? else {
            return Ok(None);
        };
        let key = claims.jti.to_string();
        if let Some(caller) = self.recognised.caller(&key) {
            return Ok(Some(caller));
        }
        let asked = Instant::now();
        let select = sqlx::query!(
            "SELECT session.id, session.account, person.roles, refresh_token.used_at IS NULL AS \"is_new!\",
                    session.seen_at < now() - interval '1 minute' AS \"is_stale!\",
                    extract(epoch FROM least(session.expires_at, session.seen_at + make_interval(secs => $4)) - now())::float8 AS \"left!\"
             FROM identity.refresh_token JOIN identity.session ON session.id = refresh_token.session
             JOIN identity.person USING (account)
             WHERE refresh_token.id = $1 AND session.id = $2 AND session.account = $3 AND session.expires_at > now()
               AND session.seen_at > now() - make_interval(secs => $4) AND person.suspended_at IS NULL",
            claims.jti,
            claims.sid,
            claims.sub,
            self.options.session_idle.as_secs_f64()
        );
        let Some(row) = in_time(select.fetch_optional(&self.pool)).await? else {
            return Ok(None);
        };
        if row.is_new && !self.used(claims.jti).await? {
            return Ok(None);
        }
        if row.is_stale {
            self.seen(row.id).await?;
        }
        let caller = Caller {
            roles: role::from_texts(&row.roles),
            account: row.account.to_string(),
            session: Some(row.id),
        };
        let known = (caller.clone(), row.account);
        self.recognised.remember(key, known, asked, left(row.left));
        Ok(Some(caller))
    }

    /// Remembers that an access token arrived; false where its answer has been given up for lost meanwhile.
    async fn used(&self, token: Uuid) -> Result<bool, Problem> {
        let update = sqlx::query!(
            "UPDATE identity.refresh_token SET used_at = now() WHERE id = $1",
            token
        );
        let done = in_time(update.execute(&self.pool)).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Remembers that a session is in use, once a minute.
    async fn seen(&self, session: Uuid) -> Result<(), Problem> {
        let update = sqlx::query!(
            "UPDATE identity.session SET seen_at = now() WHERE id = $1",
            session
        );
        in_time(update.execute(&self.pool)).await.map(|_| ())
    }

    async fn api_key(&self, secret: &str) -> Result<Option<Caller>, Problem> {
        let Some(hash) = hash_of(KEY_PREFIX, secret) else {
            return Ok(None);
        };
        if let Some(caller) = self.recognised.caller(&hash) {
            return Ok(Some(caller));
        }
        let asked = Instant::now();
        let select = sqlx::query!(
            "SELECT api_key.id, api_key.account, api_key.roles, person.roles AS roles_of_account,
                    extract(epoch FROM api_key.expires_at - now())::float8 AS \"left!\",
                    (api_key.last_used_at IS NULL OR api_key.last_used_at < now() - interval '1 minute') AS \"is_stale!\"
             FROM identity.api_key JOIN identity.person USING (account)
             WHERE api_key.secret = $1 AND api_key.issued AND api_key.expires_at > now() AND person.suspended_at IS NULL",
            hash
        );
        let Some(row) = in_time(select.fetch_optional(&self.pool)).await? else {
            return Ok(None);
        };
        if row.is_stale {
            let update = sqlx::query!(
                "UPDATE identity.api_key SET last_used_at = now() WHERE id = $1",
                row.id
            );
            in_time(update.execute(&self.pool)).await?;
        }
        // What the account lost, its keys have lost.
        let roles = role::from_texts(&row.roles).and(role::from_texts(&row.roles_of_account));
        if roles.is_empty() {
            return Ok(None);
        }
        let caller = Caller {
            roles,
            account: row.account.to_string(),
            session: None,
        };
        let known = (caller.clone(), row.account);
        self.recognised.remember(hash, known, asked, left(row.left));
        Ok(Some(caller))
    }
}
