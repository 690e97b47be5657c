//! `POST /v1/sign-in/providers/{provider}/callback`

use axum::{extract::State, response::Response};
use http::StatusCode;
use http_kit::{JsonBody, OptionalCaller, PathOf, Problem, Role, Roles};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Provider,
    binding::Binding,
    exchange::Claims,
    start_provider_sign_in::{hash, not_found},
};
use crate::{
    Identity,
    account::new_id,
    database::in_time,
    email::Email,
    role,
    session::{Client, Delivery, SignedIn},
};

/// What the provider's page led back with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderCallbackBody {
    /// `code` of the address.
    #[schema(min_length = 1, max_length = 4096, example = "Rf3vK2")]
    code: String,
    /// `state` of the address.
    #[schema(min_length = 1, max_length = 512, example = "wY9kq1Zb7m")]
    state: String,
    /// How the session is delivered; as a cookie, where nothing is said.
    #[serde(default)]
    deliver: Delivery,
}

/// Somebody who came back.
struct Back {
    nonce: String,
    verifier: String,
    account: Option<Uuid>,
}

/// Sign in with what the provider led back with. Whom the provider vouches for for the first time gets an account, if it says that
/// their address is theirs and nobody has it here: an account is never taken over by an address, its owner links it when signed in.
#[utoipa::path(
    post,
    path = "/v1/sign-in/providers/{provider}/callback",
    operation_id = "finishProviderSignIn",
    summary = "Sign in with a provider",
    tag = "identity",
    params(("provider" = String, Path, description = "The provider", example = "meadow")),
    request_body = ProviderCallbackBody,
    responses(
        (status = 200, description = "The caller is signed in.", body = SignedIn),
        (status = 401, description = "This browser was not sent there, or the provider does not vouch for it: `provider-refused`; a second factor is needed: `second-factor-wanted`, with a challenge; or a token that came along is not known: `unauthenticated`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such provider: `provider-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody has the address here and has to link the provider (`already-signed-up`), the provider does not say that the address is theirs (`email-unverified`), or this is linked to another account: `provider-linked`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: `too-many-attempts`, or too many requests: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The provider or a store is out of reach: `unavailable`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn finish_provider_sign_in(
    State(identity): State<Identity>,
    OptionalCaller(caller): OptionalCaller,
    client: Client,
    binding: Binding,
    PathOf(provider): PathOf<String>,
    JsonBody(body): JsonBody<ProviderCallbackBody>,
) -> Result<Response, Problem> {
    identity.throttle.ceremony(client.network.0)?;
    let provider = identity.options.providers.get(&provider);
    let provider = provider.ok_or_else(not_found)?;
    let back = identity.came_back(provider, &body.state, binding).await?;
    let redirect = identity.comes_back_to(provider);
    let secrets = (back.nonce, back.verifier);
    let claims = identity
        .exchange
        .redeem(provider, &redirect, body.code, secrets)
        .await?;
    let (account, roles) = match back.account {
        Some(account) => identity.link(provider, &claims, account).await?,
        None => identity.whom(provider, &claims).await?,
    };
    if back.account.is_none() && identity.has_second_factor(account).await? {
        return identity.want_second_factor(account).await;
    }
    let before = caller.and_then(|caller| caller.session);
    identity
        .begin_session((account, roles), &client, before, body.deliver)
        .await
}

pub(super) fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "provider-refused",
        "The provider does not vouch for this browser",
    )
    .detail("Begin anew with POST /v1/sign-in/providers/{provider}, in the same browser.")
}

impl Identity {
    /// What this browser was sent away with, once; 401 where it was not.
    async fn came_back(
        &self,
        provider: &Provider,
        state: &str,
        Binding(binding): Binding,
    ) -> Result<Back, Problem> {
        let binding = binding.ok_or_else(refused)?;
        let delete = sqlx::query_as!(
            Back,
            "DELETE FROM identity.provider_sign_in
             WHERE state = $1 AND binding = $2 AND provider = $3 AND expires_at > now()
             RETURNING nonce, verifier, account",
            hash(state),
            binding.sha256(),
            provider.id
        );
        let back = in_time(delete.fetch_optional(&self.pool)).await?;
        back.ok_or_else(refused)
    }

    /// Whose account it is; a new one, where nobody has it.
    async fn whom(&self, provider: &Provider, claims: &Claims) -> Result<(Uuid, Roles), Problem> {
        let update = sqlx::query!(
            "UPDATE identity.provider_link SET last_used_at = now() FROM identity.person
             WHERE issuer = $1 AND subject = $2 AND person.account = provider_link.account
             RETURNING person.account, person.roles, person.suspended_at IS NOT NULL AS \"is_suspended!\"",
            provider.issuer.as_str(),
            claims.subject
        );
        match in_time(update.fetch_optional(&self.pool)).await? {
            Some(row) if row.is_suspended => Err(refused()),
            Some(row) => Ok((row.account, role::from_texts(&row.roles))),
            None => self.open_with(provider, claims).await,
        }
    }

    /// Opens an account for somebody whose address the provider has seen to be theirs.
    async fn open_with(
        &self,
        provider: &Provider,
        claims: &Claims,
    ) -> Result<(Uuid, Roles), Problem> {
        let email: Option<Email> = claims.email.as_ref().and_then(|email| email.parse().ok());
        let email = email.ok_or_else(|| {
            Problem::new(
                StatusCode::CONFLICT,
                "email-unverified",
                "The provider does not say that an address is yours",
            )
            .detail("Sign up with POST /v1/sign-up, and link the provider then.")
        })?;
        let taken = sqlx::query_scalar!(
            "SELECT account FROM identity.person WHERE email_key = $1",
            email.key()
        );
        if in_time(taken.fetch_optional(&self.pool)).await?.is_some() {
            return Err(already_signed_up());
        }
        // The log first; whoever comes back then gets another account, and this one stays empty.
        let account = new_id();
        self.open_account(account, account).await?;
        let roles = Roles::from(Role::Shopper);
        let entering = async {
            let mut tx = self.pool.begin().await?;
            let entered = sqlx::query!(
                "INSERT INTO identity.person (account, email, email_key, roles) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (email_key) DO NOTHING",
                account,
                email.as_str(),
                email.key(),
                &role::texts(roles)
            );
            if entered.execute(&mut *tx).await?.rows_affected() == 0 {
                return Ok(false);
            }
            let linked = sqlx::query!(
                "INSERT INTO identity.provider_link (issuer, subject, account, last_used_at)
                 VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING",
                provider.issuer.as_str(),
                claims.subject,
                account
            );
            if linked.execute(&mut *tx).await?.rows_affected() == 0 {
                return Ok(false);
            }
            tx.commit().await?;
            Ok(true)
        };
        if in_time(entering).await? {
            return Ok((account, roles));
        }
        Err(already_signed_up())
    }

    /// Links an account to who its owner is there.
    async fn link(
        &self,
        provider: &Provider,
        claims: &Claims,
        account: Uuid,
    ) -> Result<(Uuid, Roles), Problem> {
        let insert = sqlx::query!(
            "INSERT INTO identity.provider_link (issuer, subject, account) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            provider.issuer.as_str(),
            claims.subject,
            account
        );
        in_time(insert.execute(&self.pool)).await?;
        let select = sqlx::query_scalar!(
            "SELECT person.roles FROM identity.provider_link JOIN identity.person USING (account)
             WHERE issuer = $1 AND subject = $2 AND account = $3 AND suspended_at IS NULL",
            provider.issuer.as_str(),
            claims.subject,
            account
        );
        let roles = in_time(select.fetch_optional(&self.pool)).await?;
        let roles = roles.ok_or_else(|| {
            Problem::new(
                StatusCode::CONFLICT,
                "provider-linked",
                "This is linked to another account, or the account to somebody else there",
            )
        })?;
        Ok((account, role::from_texts(&roles)))
    }
}

fn already_signed_up() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "already-signed-up",
        "There is an account with this address already",
    )
    .detail("Sign in as before, and link the provider with POST /v1/me/providers/{provider}.")
}
