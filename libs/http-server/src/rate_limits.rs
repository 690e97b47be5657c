//! How much one caller may ask: `RateLimit-Policy`, `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), and 429.
//!
//! Whoever goes on and on after a 429 waits for each further one: refusing costs little, but thousands a second would take the
//! processors from everybody else.
//!
//! Kept in this process: each gateway grants the whole quota. GCRA gives it back evenly, so nobody waits for a window to end.

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::{
    extract::{FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_kit::{ClientNetwork, OptionalCaller, Problem};

use super::PeerAddress;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// What costs much for one request: pixels, and the whole log.
const WORK: [(Method, &str); 9] = [
    (Method::POST, "/v1/pictures"),
    (Method::POST, "/v1/try-ons"),
    (Method::POST, "/v1/try-ons/check"),
    (Method::POST, "/v1/try-ons/preview"),
    (Method::POST, "/v1/provenance/verify"),
    (Method::POST, "/v1/exports"),
    (Method::POST, "/v1/imports"),
    (Method::GET, "/v1/events"),
    (Method::GET, "/v1/me/export"),
];

/// Whoever has their whole quota again is forgotten, once in so many requests.
const REQUESTS_BETWEEN_SWEEPS: u32 = 10_000;

/// So many refusals at once are told right away, and one more after each [`BETWEEN_REFUSALS`].
const REFUSALS: NonZeroU32 = NonZeroU32::new(40).unwrap();
const BETWEEN_REFUSALS: Duration = Duration::from_millis(100);

/// How long the others wait for their answer.
const REFUSED_SLOWLY: Duration = Duration::from_millis(500);

/// What a request is, as far as limits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Read,
    Write,
    Work,
}

impl Class {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Work];

    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Work => "work",
        }
    }

    /// None for the addresses of whoever runs the process.
    fn of(method: &Method, path: &str) -> Option<Self> {
        if path == "/livez" || path == "/readyz" {
            return None;
        }
        if WORK
            .iter()
            .any(|(working, at)| working == method && *at == path)
        {
            return Some(Self::Work);
        }
        Some(if method.is_safe() {
            Self::Read
        } else {
            Self::Write
        })
    }
}

/// So many requests in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    requests: NonZeroU32,
    seconds: NonZeroU32,
}

/// The limits as they are configured, such as `read=6000/60,write=600/60,work=60/60`; `off` means that there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimitsText([Option<Limit>; 3]);

impl FromStr for RateLimitsText {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut limits = Self::default();
        if text == "off" {
            return Ok(limits);
        }
        for part in text.split(',') {
            let (name, limit) = part.trim().split_once('=').ok_or(())?;
            let (requests, seconds) = limit.split_once('/').ok_or(())?;
            let class = Class::ALL
                .into_iter()
                .find(|class| class.name() == name)
                .ok_or(())?;
            let limit = Limit {
                requests: requests.parse().map_err(|_| ())?,
                seconds: seconds.parse().map_err(|_| ())?,
            };
            limits.0[class as usize] = Some(limit);
        }
        Ok(limits)
    }
}

/// Whose quota it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Network(ClientNetwork),
}

type Limiter =
    RateLimiter<Key, DefaultKeyedStateStore<Key>, DefaultClock, StateInformationMiddleware>;

/// One class's quotas.
struct Quotas {
    class: Class,
    limit: Limit,
    policy: HeaderValue,
    limiter: Limiter,
}

impl Quotas {
    /// What is left, and how long to wait where nothing is.
    fn take(&self, key: &Key) -> (u32, Option<Duration>) {
        match self.limiter.check_key(key) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(refused) => (0, Some(refused.wait_time_from(self.limiter.clock().now()))),
        }
    }

    /// Says what is left, and how long until the whole quota is there again.
    fn tell(&self, left: u32, response: &mut Response) {
        let Limit { requests, seconds } = self.limit;
        let gone = u64::from(requests.get().saturating_sub(left));
        let until = (gone * u64::from(seconds.get())).div_ceil(u64::from(requests.get()));
        let standing = format!("\"{}\";r={left};t={until}", self.class.name());
        let headers = response.headers_mut();
        headers.insert(POLICY, self.policy.clone());
        if let Ok(standing) = HeaderValue::try_from(standing) {
            headers.insert(STANDING, standing);
        }
    }
}

/// The quotas of all callers.
pub(crate) struct RateLimits {
    classes: [Option<Quotas>; 3],
    /// How often each network is refused at once.
    refusals: DefaultKeyedRateLimiter<ClientNetwork>,
    address_header: Option<HeaderName>,
    requests: AtomicU32,
}

impl RateLimits {
    /// Behind a proxy, `address_header` is the header in which it says whose request it is.
    pub(crate) fn new(text: RateLimitsText, address_header: Option<HeaderName>) -> Self {
        Self {
            classes: Class::ALL.map(|class| quotas(class, text.0[class as usize]?)),
            refusals: refusals(),
            address_header,
            requests: AtomicU32::new(0),
        }
    }

    fn network(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientNetwork {
        let told = self.address_header.as_ref();
        let told = told.and_then(|name| last_address(headers, name));
        let peer = || extensions.get::<PeerAddress>().map(|peer| peer.0);
        let address = told
            .or_else(peer)
            .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        ClientNetwork::of(address)
    }

    fn sweep_now_and_then(&self) {
        if self.requests.fetch_add(1, Ordering::Relaxed) % REQUESTS_BETWEEN_SWEEPS
            == REQUESTS_BETWEEN_SWEEPS - 1
        {
            for quotas in self.classes.iter().flatten() {
                quotas.limiter.retain_recent();
            }
            self.refusals.retain_recent();
        }
    }

    /// The answer; a refusal is kept back for a while where there were many, whoever refused.
    async fn told_in_time(&self, response: Response, network: &ClientNetwork) -> Response {
        if response.status() == StatusCode::TOO_MANY_REQUESTS
            && self.refusals.check_key(network).is_err()
        {
            tokio::time::sleep(REFUSED_SLOWLY).await;
        }
        response
    }
}

fn refusals() -> DefaultKeyedRateLimiter<ClientNetwork> {
    let quota = Quota::with_period(BETWEEN_REFUSALS);
    let quota = quota.unwrap_or(Quota::per_second(NonZeroU32::MIN));
    RateLimiter::keyed(quota.allow_burst(REFUSALS))
}

fn quotas(class: Class, limit: Limit) -> Option<Quotas> {
    let each = Duration::from_secs(limit.seconds.get().into()) / limit.requests.get();
    let quota = Quota::with_period(each.max(Duration::from_nanos(1)))?.allow_burst(limit.requests);
    let policy = format!(
        "\"{}\";q={};w={}",
        class.name(),
        limit.requests,
        limit.seconds
    );
    Some(Quotas {
        class,
        limit,
        policy: HeaderValue::try_from(policy).ok()?,
        limiter: RateLimiter::keyed(quota).with_middleware(),
    })
}

/// The address that the nearest proxy has added.
fn last_address(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}

impl RateLimits {
    /// Refuses with 429 whoever asks more than their quota, and tells everybody what is left of it. Needs the request's authenticator
    /// ([`http_kit::authenticate_with`]). Tells the endpoints where the request comes from ([`ClientNetwork`]).
    pub(crate) async fn limit<F>(
        &self,
        mut request: Request,
        go_on: impl FnOnce(Request) -> F,
    ) -> Response
    where
        F: Future<Output = Response>,
    {
        let network = self.network(request.headers(), request.extensions());
        request.extensions_mut().insert(network);
        self.sweep_now_and_then();
        let class = Class::of(request.method(), request.uri().path());
        let response = match class.and_then(|class| self.classes[class as usize].as_ref()) {
            None => go_on(request).await,
            Some(quotas) => {
                let (key, request) = key(request, network).await;
                let (left, wait) = quotas.take(&key);
                let mut response = match wait {
                    None => go_on(request).await,
                    Some(wait) => too_many(wait),
                };
                quotas.tell(left, &mut response);
                response
            }
        };
        self.told_in_time(response, &network).await
    }
}

/// Whose quota a request takes from.
async fn key(request: Request, network: ClientNetwork) -> (Key, Request) {
    let (mut parts, body) = request.into_parts();
    let key = match OptionalCaller::from_request_parts(&mut parts, &()).await {
        Ok(OptionalCaller(Some(caller))) => Key::Account(caller.account),
        _ => Key::Network(network),
    };
    (key, Request::from_parts(parts, body))
}

fn too_many(wait: Duration) -> Response {
    let seconds = u32::try_from(wait.as_secs())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "rate-limited",
        "You ask too much at the moment",
    )
    .detail(format!("Your quota is used up. Ask again in {seconds} s."))
    .retry_after(seconds)
    .into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{Router, body::Body, routing::get};
    use http::header::RETRY_AFTER;
    use http_kit::{StaticTokens, around, authenticate_with, proceed};
    use tower::ServiceExt;

    use super::*;

    const ACCOUNTS: &str = "anna:shopper:01900000-0000-7000-8000-000000000001,bert:shopper:01900000-0000-7000-8000-000000000002";

    fn app(limits: &str) -> Router {
        let limits = RateLimits::new(
            limits.parse().unwrap(),
            Some(HeaderName::from_static("x-forwarded-for")),
        );
        let limits = Arc::new(limits);
        let router = Router::new()
            .route("/v1/things", get(|| async {}).post(|| async {}))
            .route("/livez", get(|| async {}));
        let router = around(router, move |route, request| {
            let limits = Arc::clone(&limits);
            async move {
                limits
                    .limit(request, |request| proceed(route, request))
                    .await
            }
        });
        let tokens = StaticTokens::parse(ACCOUNTS).unwrap();
        router.layer(authenticate_with(Arc::new(tokens)))
    }

    async fn ask(app: &Router, method: Method, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri("/v1/things");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        app.clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_caller_is_told_what_is_left_and_then_to_wait() {
        let app = app("read=2/3600");
        let anna = [("authorization", "Bearer anna")];
        let first = ask(&app, Method::GET, &anna).await;
        assert_eq!(first.headers()[POLICY], "\"read\";q=2;w=3600");
        assert_eq!(first.headers()[STANDING], "\"read\";r=1;t=1800");
        assert_eq!(ask(&app, Method::GET, &anna).await.status(), 200);
        let refused = ask(&app, Method::GET, &anna).await;
        assert_eq!(refused.status(), 429);
        assert_eq!(
            refused.headers()["content-type"],
            "application/problem+json"
        );
        assert_eq!(refused.headers()[STANDING], "\"read\";r=0;t=3600");
        let wait: u32 = refused.headers()[RETRY_AFTER]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1_700..=1_801).contains(&wait), "{wait}");
        // Another class, another caller: other quotas.
        assert_eq!(ask(&app, Method::POST, &anna).await.status(), 200);
        assert_eq!(
            ask(&app, Method::GET, &[("authorization", "Bearer bert")])
                .await
                .status(),
            200
        );
    }

    #[tokio::test]
    async fn strangers_are_told_apart_by_their_network() {
        let app = app("read=1/3600");
        for (address, status) in [
            ("203.0.113.1", 200),
            ("203.0.113.1", 429),
            // Only the nearest proxy is believed.
            ("203.0.113.9, 203.0.113.1", 429),
            ("203.0.113.2", 200),
            ("2001:db8::1", 200),
            ("2001:db8::2", 429),
            ("2001:db8:0:1::1", 200),
        ] {
            // A wrong token is nobody's: guessing them is limited by address.
            let headers = [
                ("x-forwarded-for", address),
                ("authorization", "Bearer guess"),
            ];
            assert_eq!(
                ask(&app, Method::GET, &headers).await.status(),
                status,
                "{address}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_goes_on_and_on_waits_for_each_refusal() {
        let app = app("read=1/3600");
        let from = [("x-forwarded-for", "203.0.113.1")];
        let begun = tokio::time::Instant::now();
        for _ in 0..REFUSALS.get() {
            ask(&app, Method::GET, &from).await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        // The limit goes by the real clock, which may grant one now and then.
        for _ in 0..1_000 {
            assert_eq!(ask(&app, Method::GET, &from).await.status(), 429);
        }
        assert!(begun.elapsed() > 500 * REFUSED_SLOWLY);
        let another = [("x-forwarded-for", "203.0.113.2")];
        let begun = tokio::time::Instant::now();
        assert_eq!(ask(&app, Method::GET, &another).await.status(), 200);
        assert_eq!(ask(&app, Method::GET, &another).await.status(), 429);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn health_is_never_limited() {
        let app = app("read=1/3600");
        for _ in 0..3 {
            let request = Request::get("/livez").body(Body::empty()).unwrap();
            let answer = app.clone().oneshot(request).await.unwrap();
            assert_eq!(
                (answer.status().as_u16(), answer.headers().get(POLICY)),
                (200, None)
            );
        }
    }

    #[test]
    fn limits_are_written_by_class() {
        assert_eq!("off".parse(), Ok(RateLimitsText::default()));
        assert!(
            "read=6000/60, write=600/60,work=60/60"
                .parse::<RateLimitsText>()
                .is_ok()
        );
        for bad in [
            "",
            "read",
            "read=1",
            "read=0/1",
            "read=1/0",
            "other=1/1",
            "read=-1/1",
        ] {
            assert_eq!(bad.parse::<RateLimitsText>(), Err(()), "{bad}");
        }
    }
}
