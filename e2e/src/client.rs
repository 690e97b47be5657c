//! The API as a storefront uses it.

use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::sse::SseStream;

/// A caller with a token.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    patience: Duration,
    other: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body, if it is JSON.
    pub body: Value,
    /// `Drape-Position`.
    pub position: Option<String>,
    /// `Drape-Degraded`.
    pub degraded: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// `Content-Type`.
    pub content_type: String,
}

impl Answer {
    /// The id in the body.
    pub fn id(&self) -> anyhow::Result<String> {
        Ok(self.body["id"]
            .as_str()
            .with_context(|| format!("no id in {self:?}"))?
            .to_owned())
    }

    /// Fails unless the status is this one.
    pub fn expect(self, status: StatusCode) -> anyhow::Result<Self> {
        ensure!(self.status == status, "wanted {status}: {self:?}");
        Ok(self)
    }
}

impl Client {
    pub(crate) fn new(base: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            http,
            base: base.to_owned(),
            token: token.map(str::to_owned),
            patience: Duration::from_secs(40),
            other: None,
        })
    }

    /// The same caller, who goes to another gateway when this one refuses the connection, or says that it cannot serve now.
    /// Both may be tried with the same request: its key makes that harmless.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        self.other = Some(other.base.clone());
        self
    }

    async fn execute(&self, request: reqwest::Request) -> reqwest::Result<reqwest::Response> {
        let Some((other, mut again)) = self.other.as_ref().zip(request.try_clone()) else {
            return self.http.execute(request).await;
        };
        let answered = self.http.execute(request).await;
        let refused = match &answered {
            Ok(answer) => answer.status() == StatusCode::SERVICE_UNAVAILABLE,
            Err(error) => error.is_connect(),
        };
        let elsewhere = again.url().as_str().replacen(&self.base, other, 1);
        match elsewhere.parse() {
            Ok(url) if refused => {
                *again.url_mut() = url;
                self.http.execute(again).await
            }
            Ok(_) | Err(_) => answered,
        }
    }

    /// The same caller, who waits this long for an answer.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        // This client changes whatever is there.
        let request = request.header("if-match", "*");
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
        let request = request.timeout(self.patience).build()?;
        let response = self.execute(request).await?;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let (status, position, degraded, location) = (
            response.status(),
            header("drape-position"),
            header("drape-degraded"),
            header("location"),
        );
        let retry_after = header("retry-after");
        let content_type = header("content-type").unwrap_or_default();
        let body = response.bytes().await?;
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok(Answer {
            status,
            body,
            position,
            degraded,
            location,
            retry_after,
            content_type,
        })
    }

    /// A read.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    /// A read that waits for a position.
    pub async fn get_at(&self, path: &str, position: &str) -> anyhow::Result<Answer> {
        self.send(
            self.request(Method::GET, path)
                .header("drape-min-position", position),
        )
        .await
    }

    /// The bytes of a picture, with its media type.
    pub async fn bytes(&self, path: &str) -> anyhow::Result<(StatusCode, String, Vec<u8>)> {
        let response = self
            .request(Method::GET, path)
            .timeout(Duration::from_secs(20))
            .send()
            .await?;
        let media_type = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().to_owned();
        Ok((
            response.status(),
            media_type,
            response.bytes().await?.to_vec(),
        ))
    }

    /// A write, under a key that makes its repetition harmless.
    pub async fn write(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: &Value,
    ) -> anyhow::Result<Answer> {
        self.send(
            self.request(method, path)
                .header("idempotency-key", key)
                .json(body),
        )
        .await
    }

    /// A write under a key, as part of a request that the log remembers by its id.
    pub async fn command(
        &self,
        method: Method,
        path: &str,
        (key, request_id): (&str, &str),
        body: &Value,
    ) -> anyhow::Result<Answer> {
        self.send(
            self.request(method, path)
                .header("idempotency-key", key)
                .header("x-request-id", request_id)
                .json(body),
        )
        .await
    }

    /// A write.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// A write that replaces.
    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    /// An upload; a photo of a person with their consent.
    pub async fn upload(
        &self,
        purpose: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> anyhow::Result<Answer> {
        let consent = match purpose {
            "person" => "&subject=myself&consent=1",
            _ => "",
        };
        let path = format!("/v1/pictures?purpose={purpose}{consent}");
        self.send(
            self.request(Method::POST, &path)
                .header("content-type", media_type)
                .body(bytes),
        )
        .await
    }

    /// A live stream, resumed after an id if one is given.
    pub async fn events(
        &self,
        path: &str,
        last_event_id: Option<&str>,
    ) -> anyhow::Result<SseStream> {
        let mut request = self
            .request(Method::GET, path)
            .header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = self.execute(request.build()?).await?;
        ensure!(
            response.status() == StatusCode::OK,
            "{}: {}",
            response.status(),
            response.text().await?
        );
        Ok(SseStream::new(response))
    }

    /// Adds a garment; its picture and publication are separate.
    pub async fn add_garment(&self, slug: &str, category: &str) -> anyhow::Result<Answer> {
        self.post("/v1/garments", &garment(slug, category))
            .await?
            .expect(StatusCode::CREATED)
    }

    /// Adds a garment with a picture and publishes it; answers its id.
    pub async fn publish_garment(
        &self,
        slug: &str,
        category: &str,
        picture: Vec<u8>,
    ) -> anyhow::Result<String> {
        let garment = self.add_garment(slug, category).await?.id()?;
        let picture = self
            .upload("catalogue", "image/jpeg", picture)
            .await?
            .expect(StatusCode::CREATED)?
            .id()?;
        let path = format!("/v1/garments/{garment}");
        let attached = self
            .put(&format!("{path}/picture"), &json!({ "picture": picture }))
            .await?;
        ensure!(attached.status.is_success(), "{attached:?}");
        let published = self.post(&format!("{path}/publish"), &json!({})).await?;
        ensure!(published.status.is_success(), "{published:?}");
        Ok(garment)
    }

    /// Asks for a try-on that is not wanted any more after so many seconds.
    pub async fn try_on_within(
        &self,
        seconds: u32,
        person: &str,
        garment: &str,
    ) -> anyhow::Result<Answer> {
        let body = json!({ "person": person, "garment": garment });
        let request = self.request(Method::POST, "/v1/try-ons");
        let request = request.header("cancel-after", seconds).json(&body);
        self.send(request).await
    }

    /// Asks for a try-on.
    pub async fn try_on(&self, person: &str, garment: &str) -> anyhow::Result<Answer> {
        self.post(
            "/v1/try-ons",
            &json!({ "person": person, "garment": garment }),
        )
        .await
    }
}

/// A garment as a merchandiser writes it down.
pub fn garment(slug: &str, category: &str) -> Value {
    json!({
        "name": format!("Garment {slug}"),
        "slug": slug,
        "category": category,
        "colour": { "name": "Sand", "hex": "#d8c9a8" },
        "sizes": ["S", "M", "L"],
        "description": "Made for a test.",
        "price": { "minor": 4_990, "currency": "EUR" },
    })
}
