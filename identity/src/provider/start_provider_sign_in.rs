//! `POST /v1/sign-in/providers/{provider}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::SET_COOKIE};
use http_kit::{PathOf, Problem};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Provider, binding::cookie};
use crate::{
    Identity,
    database::in_time,
    session::{Client, new_secret, not_kept},
};

/// Where somebody is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderRedirect {
    /// The provider's page. It leads back to `/sign-in/{provider}` of the shop's pages, with `code` and `state`.
    #[schema(example = "https://id.example/authorize?response_type=code&client_id=shop")]
    url: String,
}

/// Begin to sign in with a provider: where to send the browser. It has to be the same browser that comes back, within ten minutes.
#[utoipa::path(
    post,
    path = "/v1/sign-in/providers/{provider}",
    operation_id = "startProviderSignIn",
    summary = "Begin to sign in with a provider",
    tag = "identity",
    params(("provider" = String, Path, description = "The provider", example = "meadow")),
    responses(
        (status = 200, description = "Where to send the browser.", body = ProviderRedirect),
        (status = 404, description = "There is no such provider: `provider-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The provider or a store is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn start_provider_sign_in(
    State(identity): State<Identity>,
    client: Client,
    PathOf(provider): PathOf<String>,
) -> Result<Response, Problem> {
    identity.throttle.ceremony(client.network.0)?;
    identity.send_to_provider(&provider, None).await
}

pub(super) fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "provider-not-found",
        "There is no such provider",
    )
}

/// SHA-256 of what comes back, in hexadecimal digits.
pub(super) fn hash(state: &str) -> String {
    hex::encode(Sha256::digest(state.as_bytes()))
}

impl Identity {
    /// The answer that sends a browser to a provider. `account` is to be linked; none signs in.
    pub(super) async fn send_to_provider(
        &self,
        id: &str,
        account: Option<Uuid>,
    ) -> Result<Response, Problem> {
        let provider = self.options.providers.get(id).ok_or_else(not_found)?;
        let redirect = self.comes_back_to(provider);
        let sent = self.exchange.send(provider, &redirect).await?;
        let binding = new_secret()?;
        let insert = sqlx::query!(
            "INSERT INTO identity.provider_sign_in (state, binding, provider, nonce, verifier, account, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, now() + interval '10 minutes')",
            hash(&sent.state),
            binding.sha256(),
            provider.id,
            sent.nonce,
            sent.verifier,
            account
        );
        in_time(insert.execute(&self.pool)).await?;
        let (once, header) = not_kept();
        let document = Json(ProviderRedirect { url: sent.url });
        let mut response = (once, header, document).into_response();
        response.headers_mut().insert(SET_COOKIE, cookie(&binding));
        Ok(response)
    }

    /// The page that a provider sends people back to.
    pub(super) fn comes_back_to(&self, provider: &Provider) -> String {
        format!("{}/sign-in/{}", self.options.mail.site, provider.id)
    }
}
