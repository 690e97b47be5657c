//! What is said to providers.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use http_kit::Problem;
use openidconnect::{
    AsyncHttpClient, AuthorizationCode, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata},
};
use thiserror::Error;

use super::Provider;

/// How long a provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of an answer at most.
const ANSWER: usize = 1 << 20;

/// How long what a provider says of itself is believed: its keys change.
const BELIEVED: Duration = Duration::from_mins(10);

/// Why nothing came of it.
#[derive(Debug, Error)]
pub(super) enum ExchangeError {
    #[error("the provider is out of reach")]
    Reach(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the provider's answer cannot be believed")]
    Belief(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the configured provider cannot be used")]
    Config(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        tracing::warn!(
            "a sign-in with a provider failed: {}",
            telemetry::chain(&error)
        );
        match error {
            ExchangeError::Reach(_) => Self::unavailable(),
            ExchangeError::Config(_) => Self::internal(),
            ExchangeError::Belief(_) => super::finish_provider_sign_in::refused(),
        }
    }
}

/// A request that failed.
#[derive(Debug, Error)]
pub(crate) enum RequestError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer cannot be read")]
    Answer(#[from] http::Error),
    #[error("the answer is too large")]
    Large,
}

/// Where somebody is sent, and what has to come back.
pub(super) struct Sent {
    pub(super) url: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// Who somebody is, as a provider says it.
pub(super) struct Claims {
    pub(super) subject: String,
    /// Their address, if the provider has seen that it is theirs.
    pub(super) email: Option<String>,
}

type Believed = Arc<Mutex<HashMap<String, (Instant, CoreProviderMetadata)>>>;

/// Speaks with providers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Exchange {
    client: reqwest::Client,
    believed: Believed,
}

impl Exchange {
    /// Connects to nothing yet.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        // Whoever was first has chosen it; there is no other in this program.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            // An answer that leads elsewhere would be asked for from inside of our network.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()?;
        Ok(Self {
            client,
            believed: Arc::default(),
        })
    }

    /// Sends somebody to a provider; they come back to `redirect`.
    pub(super) async fn send(
        &self,
        provider: &Provider,
        redirect: &str,
    ) -> Result<Sent, ExchangeError> {
        let metadata = self.metadata(&provider.issuer).await?;
        let client = CoreClient::from_provider_metadata(
            metadata,
            provider.client.clone(),
            Some(provider.secret.clone()),
        )
        .set_redirect_uri(redirect_url(redirect)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Sent {
            url: url.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    /// Who came back with this code.
    pub(super) async fn redeem(
        &self,
        provider: &Provider,
        redirect: &str,
        code: String,
        (nonce, verifier): (String, String),
    ) -> Result<Claims, ExchangeError> {
        let metadata = self.metadata(&provider.issuer).await?;
        let client = CoreClient::from_provider_metadata(
            metadata,
            provider.client.clone(),
            Some(provider.secret.clone()),
        )
        .set_redirect_uri(redirect_url(redirect)?);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| ExchangeError::Config(Box::new(error)))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let answer = exchange.request_async(self).await;
        let answer = answer.map_err(|error| ExchangeError::Belief(Box::new(error)))?;
        let Some(token) = answer.id_token() else {
            return Err(ExchangeError::Belief("there is no ID token".into()));
        };
        let claims = token.claims(&client.id_token_verifier(), &Nonce::new(nonce));
        let claims = claims.map_err(|error| {
            // Perhaps its keys are new: the next attempt asks for them.
            self.known().remove(provider.issuer.as_str());
            ExchangeError::Belief(Box::new(error))
        })?;
        let email = claims.email().map(|email| email.as_str().to_owned());
        Ok(Claims {
            subject: claims.subject().as_str().to_owned(),
            email: email.filter(|_| claims.email_verified() == Some(true)),
        })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, CoreProviderMetadata)>> {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a provider says of itself.
    async fn metadata(&self, issuer: &IssuerUrl) -> Result<CoreProviderMetadata, ExchangeError> {
        if let Some((since, known)) = self.known().get(issuer.as_str())
            && since.elapsed() < BELIEVED
        {
            return Ok(known.clone());
        }
        let found = CoreProviderMetadata::discover_async(issuer.clone(), self).await;
        let found = found.map_err(|error| ExchangeError::Reach(Box::new(error)))?;
        let entry = (Instant::now(), found.clone());
        self.known().insert(issuer.as_str().to_owned(), entry);
        Ok(found)
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, RequestError> {
        let request = reqwest::Request::try_from(request)?;
        let mut answer = self.client.execute(request).await?;
        let mut made = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            made = made.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > ANSWER {
                return Err(RequestError::Large);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(made.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = RequestError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, RequestError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

fn redirect_url(redirect: &str) -> Result<RedirectUrl, ExchangeError> {
    RedirectUrl::new(redirect.to_owned()).map_err(|error| ExchangeError::Config(Box::new(error)))
}
