//! `POST /v1/me/providers/{provider}`

use axum::{extract::State, response::Response};
use http_kit::{Caller, CommandProblems, PathOf, Problem};

use super::start_provider_sign_in::ProviderRedirect;
use crate::Identity;

/// Begin to link the caller's account to a provider: where to send the browser. What it leads back with goes to
/// `/v1/sign-in/providers/{provider}/callback`; from then on the provider signs the caller in.
#[utoipa::path(
    post,
    path = "/v1/me/providers/{provider}",
    operation_id = "linkProvider",
    summary = "Begin to link a provider",
    tag = "identity",
    security(("bearer" = [])),
    params(("provider" = String, Path, description = "The provider", example = "meadow")),
    responses(
        (status = 200, description = "Where to send the browser.", body = ProviderRedirect),
        (status = 404, description = "There is no such provider: `provider-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The caller has not signed up: `not-signed-up`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
        (status = 403, description = "The caller has not shown for ten minutes who they are: `proof-wanted`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn link_provider(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(provider): PathOf<String>,
) -> Result<Response, Problem> {
    let account = identity.proved(&caller).await?.account;
    identity.send_to_provider(&provider, Some(account)).await
}
