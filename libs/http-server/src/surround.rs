//! What surrounds every request: ids, logs, limits, safe headers, callers, and problems for whatever goes wrong.
//!
//! All of it is one function around a route, from the outside in: each concern is a step in it, and none boxes an answer or copies what is
//! within, as a stack of layers does. A read of what is remembered costs little else.

use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::Route,
};
use futures::FutureExt;
use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MATCH,
        IF_NONE_MATCH, LINK, LOCATION, REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use http_kit::{
    Authenticator, Conditional, Problem, REPLAYED, RequestName, around, panicked, proceed,
    with_fallbacks,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{
    RateLimitsText,
    body_limit::limited,
    compression::Accepted,
    cross_site,
    linger::linger,
    rate_limits::RateLimits,
    request_name::{REQUEST_ID, name},
    revocation::{Brought, Revocation},
    span::{span_of, within},
};

/// What surrounds every request, as it is configured.
pub struct Surroundings {
    /// Knows who asks.
    pub authenticator: Arc<dyn Authenticator>,
    /// How often is looked whether a live stream's sign-in still stands.
    pub recheck: Duration,
    /// What takes longer is answered with 503.
    pub request_timeout: Duration,
    /// Origins whose pages may call from a browser, beside our own.
    pub cors_origins: Vec<HeaderValue>,
    /// How much a caller may ask.
    pub rate_limits: RateLimitsText,
    /// Behind a proxy, the header in which it says whose request it is.
    pub address_header: Option<HeaderName>,
    /// Whether clients come over TLS.
    pub is_tls: bool,
}

/// Puts the router into its surroundings.
pub fn surround(router: Router, surroundings: Surroundings) -> Router {
    let steps = Arc::new(Steps::of(surroundings));
    around(with_fallbacks(router), move |route, request| {
        let steps = Arc::clone(&steps);
        async move { steps.answer(route, request).await }
    })
}

struct Steps {
    authenticator: Arc<dyn Authenticator>,
    revocation: Revocation,
    request_timeout: Duration,
    trusted: Vec<HeaderValue>,
    cors: Option<CorsLayer>,
    limits: RateLimits,
    is_tls: bool,
}

impl Steps {
    fn of(surroundings: Surroundings) -> Self {
        let Surroundings {
            authenticator,
            recheck,
            request_timeout,
            cors_origins,
            rate_limits,
            address_header,
            is_tls,
        } = surroundings;
        Self {
            revocation: Revocation {
                authenticator: Arc::clone(&authenticator),
                every: recheck,
            },
            authenticator,
            request_timeout,
            cors: cors(&cors_origins),
            trusted: cors_origins,
            limits: RateLimits::new(rate_limits, address_header),
            is_tls,
        }
    }

    /// Every answer: named, logged, with safe headers.
    async fn answer(&self, route: Route, mut request: Request) -> Response {
        let id = name(&mut request);
        let span = span_of(&request, id.to_str().unwrap_or_default());
        let is_page = request.uri().path().starts_with("/docs");
        let answering = linger(request, |request| self.across_origins(route, request));
        let mut response = within(span, answering).await;
        safe_headers(&mut response, is_page, self.is_tls);
        response.headers_mut().entry(REQUEST_ID).or_insert(id);
        response
    }

    /// Tells browsers which pages may read the answer.
    async fn across_origins(&self, route: Route, request: Request) -> Response {
        let Some(cors) = &self.cors else {
            return self.as_asked(route, request).await;
        };
        let told = service_fn(|request| {
            self.as_asked(route.clone(), request)
                .map(Ok::<_, Infallible>)
        });
        let Ok(response) = cors.layer(told).oneshot(request).await;
        response
    }

    /// The answer in the form that the client can use: not again if it has it, with the request's name if it is a problem, compressed.
    async fn as_asked(&self, route: Route, request: Request) -> Response {
        let conditional = Conditional::of(&request);
        let name = RequestName::of(request.headers());
        let accepted = Accepted::of(&request);
        let response = self.in_time(route, request).await;
        let response = conditional.answer(response).await;
        let response = name.explain(response).await;
        accepted.compress(response).await
    }

    /// A request that takes too long is answered, and so is one whose handler panicked. Live streams last as long as their readers: theirs
    /// is the drain.
    async fn in_time(&self, route: Route, request: Request) -> Response {
        let answering = AssertUnwindSafe(self.of_caller(route, request)).catch_unwind();
        match tokio::time::timeout(self.request_timeout, answering).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => panicked(panic),
            Err(_) => timed_out().into_response(),
        }
    }

    /// The answer to whoever asks, if they may, and no longer than they may.
    async fn of_caller(&self, route: Route, mut request: Request) -> Response {
        if let Some(refusal) = cross_site::refusal(&request, &self.trusted) {
            return refusal.into_response();
        }
        let brought = Brought::of(&request);
        let extensions = request.extensions_mut();
        extensions.insert(Arc::clone(&self.authenticator));
        let granted = |request| async {
            match limited(request) {
                Ok(request) => proceed(route, request).await,
                Err(status) => status.into_response(),
            }
        };
        let response = self.limits.limit(request, granted).await;
        self.revocation.ends_with(brought, response)
    }
}

fn timed_out() -> Problem {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    Problem::new(unavailable, "timed-out", "This took too long").retry_after(2)
}

/// Browsers get no more rights than they need; `/docs` is the one page that runs scripts, its own.
fn safe_headers(response: &mut Response, is_page: bool, is_tls: bool) {
    let policy = if is_page {
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, policy),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if is_tls {
        // Whoever came over TLS once comes over TLS for a year.
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
}

/// Exactly these origins may call from a browser, with a token or our cookie; with none listed, only our own may.
fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let own = |name| HeaderName::from_static(name);
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            own("cancel-after"),
            own("drape-min-position"),
            own("idempotency-key"),
            own("last-event-id"),
            own("traceparent"),
            REQUEST_ID,
        ])
        .expose_headers([
            ETAG,
            LINK,
            LOCATION,
            RETRY_AFTER,
            own("ratelimit"),
            own("ratelimit-policy"),
            own("drape-position"),
            own("drape-degraded"),
            REPLAYED,
            REQUEST_ID,
        ])
        .max_age(Duration::from_hours(1));
    (!origins.is_empty()).then_some(layer)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::get};
    use http_kit::StaticTokens;
    use tower::ServiceExt;

    use super::*;

    fn app(origins: &[&'static str]) -> Router {
        let surroundings = Surroundings {
            authenticator: Arc::new(StaticTokens::default()),
            recheck: Duration::from_secs(15),
            request_timeout: Duration::from_millis(50),
            cors_origins: origins
                .iter()
                .map(|origin| HeaderValue::from_static(origin))
                .collect(),
            rate_limits: "read=100/60".parse().unwrap(),
            address_header: None,
            is_tls: false,
        };
        let long = || async { axum::Json("x".repeat(2_000)) };
        let router = Router::new()
            .route("/fine", get(|| async {}).post(|| async {}))
            .route("/long", get(long))
            .route("/panics", get(panics))
            .route("/hangs", get(std::future::pending::<()>));
        surround(router, surroundings)
    }

    async fn panics() {
        panic!("on purpose")
    }

    async fn ask(method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let app = app(&["https://shop.example", "https://studio.example"]);
        app.oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    async fn json(response: Response) -> serde_json::Value {
        let body = axum::body::to_bytes(response.into_body(), 1 << 16)
            .await
            .unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn whatever_goes_wrong_is_a_problem_that_names_its_request() {
        for (method, path, status) in [
            (Method::GET, "/missing", 404),
            (Method::PUT, "/fine", 405),
            (Method::GET, "/panics", 500),
            (Method::GET, "/hangs", 503),
        ] {
            let response = ask(method, path, &[]).await;
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
            assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
            let id = response.headers()[REQUEST_ID].clone();
            assert_eq!(json(response).await["trace_id"], id.to_str().unwrap());
        }
        let headers = [("content-length", "99999999")];
        let response = ask(Method::POST, "/fine", &headers).await;
        assert_eq!(
            (
                response.status().as_u16(),
                json(response).await["code"].as_str()
            ),
            (413, Some("body-too-large"))
        );
    }

    #[tokio::test]
    async fn every_answer_has_a_sound_id() {
        let given = ask(Method::GET, "/fine", &[("x-request-id", "mine")]).await;
        assert_eq!(given.headers()[REQUEST_ID], "mine");
        for headers in [&[][..], &[("x-request-id", "two words")]] {
            let made = ask(Method::GET, "/fine", headers).await;
            assert_eq!(made.headers()[REQUEST_ID].len(), 36);
        }
    }

    #[tokio::test]
    async fn exactly_the_listed_origins_may_read_an_answer() {
        for (origin, allowed) in [
            ("https://shop.example", true),
            ("https://studio.example", true),
            ("https://shop.example.evil", false),
            ("http://shop.example", false),
            ("null", false),
        ] {
            let response = ask(Method::GET, "/fine", &[("origin", origin)]).await;
            let headers = response.headers();
            let told = headers
                .get("access-control-allow-origin")
                .map(HeaderValue::as_bytes);
            assert_eq!(told, allowed.then_some(origin.as_bytes()), "{origin}");
            assert!(headers["vary"].to_str().unwrap().contains("origin"));
            assert_eq!(headers["access-control-allow-credentials"], "true");
        }
    }

    #[tokio::test]
    async fn a_preflight_is_answered_and_may_be_kept() {
        let headers = [
            ("origin", "https://shop.example"),
            ("access-control-request-method", "PUT"),
        ];
        let response = ask(Method::OPTIONS, "/fine", &headers).await;
        let text = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!(
            (response.status().as_u16(), text("access-control-max-age")),
            (200, "3600")
        );
        assert!(text("access-control-allow-headers").contains("idempotency-key"));
        assert!(text("access-control-allow-methods").contains("PUT"));
    }

    #[tokio::test]
    async fn without_a_list_only_our_own_origin_may() {
        let request = Request::get("/fine").header("origin", "https://shop.example");
        let response = app(&[])
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.headers().get("access-control-allow-origin"), None);
    }

    #[tokio::test]
    async fn a_compressed_document_keeps_its_tag() {
        let plain = ask(Method::GET, "/long", &[]).await;
        let tag = plain.headers()[ETAG].to_str().unwrap().to_owned();
        let small = ask(Method::GET, "/long", &[("accept-encoding", "gzip")]).await;
        assert_eq!(small.headers()["content-encoding"], "gzip");
        assert_eq!(small.headers()[ETAG], tag.as_str());
        let headers = [("accept-encoding", "gzip"), ("if-none-match", tag.as_str())];
        let known = ask(Method::GET, "/long", &headers).await;
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(known.headers().get("content-encoding"), None);
    }

    #[tokio::test]
    async fn every_answer_says_what_is_left() {
        let response = ask(Method::GET, "/missing", &[]).await;
        assert_eq!(
            response.headers()["ratelimit-policy"],
            "\"read\";q=100;w=60"
        );
        assert!(
            response.headers()["ratelimit"]
                .to_str()
                .unwrap()
                .starts_with("\"read\";r=99;t=")
        );
    }
}
