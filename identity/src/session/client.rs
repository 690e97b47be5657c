//! What a session remembers of where it was opened.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{header::USER_AGENT, request::Parts};
use http_kit::ClientNetwork;

/// Characters of what a browser calls itself: enough to recognise it.
const AGENT: usize = 160;

/// Where a request comes from, and with what.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) network: ClientNetwork,
    pub(crate) agent: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let network = ClientNetwork::from_request_parts(parts, state).await?;
        let agent = parts.headers.get(USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        Ok(Self {
            network,
            agent: agent.unwrap_or_default().chars().take(AGENT).collect(),
        })
    }
}
