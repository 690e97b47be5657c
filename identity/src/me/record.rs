//! Everything that the sign-in knows of somebody, for themselves: no hash and no secret.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::Identity;

impl Identity {
    /// Address, roles, sessions, keys and passkeys of an account, as JSON with times in UTC; null for an account that is not kept here.
    pub async fn record(&self, account: Uuid) -> Result<Value, sqlx::Error> {
        let person = sqlx::query_scalar!(
            "SELECT jsonb_build_object(
                 'account', account, 'email', email, 'language', language, 'roles', roles, 'created_at', created_at,
                 'suspended_at', suspended_at, 'erased_at', erase_at)
             FROM identity.person WHERE account = $1",
            account
        )
        .fetch_optional(&self.pool)
        .await?
        .flatten();
        let Some(mut record) = person else {
            return Ok(Value::Null);
        };
        let sessions = sqlx::query_scalar!(
            "SELECT jsonb_agg(jsonb_build_object(
                 'browser', agent, 'network', network, 'created_at', created_at, 'seen_at', seen_at,
                 'expires_at', expires_at) ORDER BY created_at)
             FROM identity.session WHERE account = $1",
            account
        )
        .fetch_one(&self.pool)
        .await?;
        let keys = sqlx::query_scalar!(
            "SELECT jsonb_agg(jsonb_build_object(
                 'name', name, 'roles', roles, 'created_at', created_at, 'expires_at', expires_at,
                 'last_used_at', last_used_at) ORDER BY created_at)
             FROM identity.api_key WHERE account = $1",
            account
        )
        .fetch_one(&self.pool)
        .await?;
        let passkeys = sqlx::query_scalar!(
            "SELECT jsonb_agg(jsonb_build_object(
                 'name', name, 'created_at', created_at, 'last_used_at', last_used_at) ORDER BY created_at)
             FROM identity.passkey WHERE account = $1",
            account
        )
        .fetch_one(&self.pool)
        .await?;
        let app = sqlx::query_scalar!(
            "SELECT confirmed_at::TEXT FROM identity.totp WHERE account = $1",
            account
        )
        .fetch_optional(&self.pool)
        .await?;
        record["second_factor_since"] = app.flatten().into();
        record["passkeys"] = passkeys.unwrap_or_else(|| json!([]));
        record["sessions"] = sessions.unwrap_or_else(|| json!([]));
        record["api_keys"] = keys.unwrap_or_else(|| json!([]));
        Ok(record)
    }
}
