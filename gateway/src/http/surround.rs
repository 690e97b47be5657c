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
        ACCEPT, AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
        LOCATION, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use http_kit::{Authenticator, Problem, REPLAYED, authenticate_with, panicked, with_fallbacks};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowOrigin, CorsLayer},
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Level;

use super::linger::linger;
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
    let trace = TraceLayer::new_for_http()
        // A 503 while the system starts is no failure; what is one is logged where it happens.
        .on_failure(())
        .make_span_with(|request: &Request| {
            let id = request
                .headers()
                .get(REQUEST_ID)
                .and_then(|id| id.to_str().ok());
            let (method, path) = (request.method(), request.uri().path());
            tracing::span!(Level::INFO, "request", %method, path, id = id.unwrap_or_default())
        });
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(trace)
        .layer(middleware::from_fn(safe_headers))
        .layer(middleware::from_fn(linger))
        .layer(cors(&config.cors_origins))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            config.request_timeout,
            in_time,
        ))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES))
        .layer(authenticate_with(authenticator));
    with_fallbacks(router).layer(layers)
}

/// Browsers get no more rights than they need; `/docs` is the one page that runs scripts, its own.
async fn safe_headers(request: Request, next: Next) -> Response {
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

fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let own = |name| HeaderName::from_static(name);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_NONE_MATCH,
            own("drape-min-position"),
            own("idempotency-key"),
            own("last-event-id"),
        ])
        .expose_headers([
            ETAG,
            LOCATION,
            RETRY_AFTER,
            own("drape-position"),
            own("drape-degraded"),
            REPLAYED,
            REQUEST_ID,
        ])
        .max_age(Duration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::get};
    use http_kit::StaticTokens;
    use tower::ServiceExt;

    use super::*;

    fn app() -> Router {
        let config = HttpConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            max_connections: 1,
            request_timeout: Duration::from_millis(50),
            drain: Duration::ZERO,
            cors_origins: vec![HeaderValue::from_static("https://shop.example")],
        };
        let router = Router::new()
            .route("/fine", get(|| async {}))
            .route("/panics", get(panics))
            .route("/hangs", get(std::future::pending::<()>));
        surround(router, &config, Arc::new(StaticTokens::default()))
    }

    async fn panics() {
        panic!("on purpose")
    }

    async fn get_from(path: &str) -> Response {
        let request = Request::get(path)
            .header("origin", "https://shop.example")
            .body(Body::empty());
        app().oneshot(request.unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn whatever_goes_wrong_is_a_problem() {
        for (path, status) in [("/missing", 404), ("/panics", 500), ("/hangs", 503)] {
            let response = get_from(path).await;
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
            assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    #[tokio::test]
    async fn every_answer_has_an_id_and_listed_origins_may_read_it() {
        let response = get_from("/fine").await;
        assert_eq!(response.headers()[REQUEST_ID].len(), 36);
        assert_eq!(
            response.headers()["access-control-allow-origin"],
            "https://shop.example"
        );
    }
}
