//! Signing in with another provider, as its client: code flow with PKCE, state and nonce bound to the browser.

mod binding;
mod exchange;
mod finish_provider_sign_in;
mod link_provider;
mod list_providers;
mod providers;
mod start_provider_sign_in;
mod unlink_provider;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::exchange::Exchange;
pub use self::providers::{Provider, Providers, ProvidersError};
use crate::Identity;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(list_providers::list_providers))
        .routes(routes!(start_provider_sign_in::start_provider_sign_in))
        .routes(routes!(finish_provider_sign_in::finish_provider_sign_in))
        .routes(routes!(list_providers::list_provider_links))
        .routes(routes!(
            link_provider::link_provider,
            unlink_provider::unlink_provider
        ))
}
