//! What surrounds every request: ids, logs, limits, safe headers, callers, and problems for whatever goes wrong.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MATCH,
        IF_NONE_MATCH, LINK, LOCATION, REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use http_kit::{
    Authenticator, Problem, REPLAYED, answer_conditionally, authenticate_with, is_sound, panicked,
    trace_id, trace_problems, with_fallbacks,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowOrigin, CorsLayer},
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Level;

use super::{
    RateLimits,
    compression::compress,
    cross_site::{TrustedOrigins, refuse_cross_site},
    linger::linger,
    rate_limits::limit_rate,
    revocation::{Revocation, end_with_session},
};
use crate::config::HttpConfig;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// More than any endpoint takes: each has its own, smaller bound.
const BODY_LIMIT_BYTES: usize = 48 << 20;

/// Puts the router into its surroundings.
pub(crate) fn surround(
    router: Router,
    config: &HttpConfig,
    authenticator: Arc<dyn Authenticator>,
) -> Router {
    let revocation = Revocation {
        authenticator: Arc::clone(&authenticator),
        every: config.recheck,
    };
    let trace = TraceLayer::new_for_http()
        // A 503 while the system starts is no failure; what is one is logged where it happens.
        .on_failure(())
        .make_span_with(|request: &Request| {
            let id = request
                .headers()
                .get(REQUEST_ID)
                .and_then(|id| id.to_str().ok());
            let trace = trace_id(request.headers()).filter(|trace| Some(*trace) != id);
            let (method, path) = (request.method(), request.uri().path());
            tracing::span!(Level::INFO, "request", %method, path, id = id.unwrap_or_default(), trace)
        });
    let trusted: TrustedOrigins = config.cors_origins.clone().into();
    let limits = RateLimits::new(config.rate_limits, config.address_header.clone());
    let inner = ServiceBuilder::new()
        .layer(middleware::from_fn(compress))
        .layer(middleware::from_fn(trace_problems))
        .layer(middleware::from_fn(answer_conditionally))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            config.request_timeout,
            in_time,
        ))
        .layer(middleware::from_fn_with_state(trusted, refuse_cross_site))
        .layer(authenticate_with(authenticator))
        .layer(middleware::from_fn_with_state(revocation, end_with_session))
        .layer(middleware::from_fn_with_state(limits, limit_rate))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES));
    let outer = ServiceBuilder::new()
        .map_request(without_unsound_id)
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(trace)
        .layer(middleware::from_fn_with_state(
            config.tls.is_some(),
            safe_headers,
        ))
        .layer(middleware::from_fn(linger));
    let mut router = with_fallbacks(router).layer(inner);
    if let Some(cors) = cors(&config.cors_origins) {
        router = router.layer(cors);
    }
    router.layer(outer)
}

/// A request that is named badly is given a name of ours instead: names stand in logs, commits and problems.
fn without_unsound_id<B>(mut request: http::Request<B>) -> http::Request<B> {
    let id = request.headers().get(REQUEST_ID);
    if id.is_some_and(|id| !id.to_str().is_ok_and(is_sound)) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

/// Browsers get no more rights than they need; `/docs` is the one page that runs scripts, its own.
async fn safe_headers(State(is_tls): State<bool>, request: Request, next: Next) -> Response {
    let is_page = request.uri().path().starts_with("/docs");
    let mut response = next.run(request).await;
    let policy = if is_page {
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, policy),
    ] {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if is_tls {
        // Whoever came over TLS once comes over TLS for a year.
        response.headers_mut().insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

/// A request that takes too long is answered. Live streams last as long as their readers: theirs is the drain.
async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timed-out",
            "This took too long",
        )
        .retry_after(2)
        .into_response(),
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
        let config = HttpConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            max_connections: 1,
            request_timeout: Duration::from_millis(50),
            drain: Duration::ZERO,
            recheck: Duration::from_secs(15),
            cors_origins: origins
                .iter()
                .map(|origin| HeaderValue::from_static(origin))
                .collect(),
            rate_limits: "read=100/60".parse().unwrap(),
            tls: None,
            address_header: None,
        };
        let long = || async { axum::Json("x".repeat(2_000)) };
        let router = Router::new()
            .route("/fine", get(|| async {}).post(|| async {}))
            .route("/long", get(long))
            .route("/panics", get(panics))
            .route("/hangs", get(std::future::pending::<()>));
        surround(router, &config, Arc::new(StaticTokens::default()))
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
