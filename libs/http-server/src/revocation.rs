//! A live stream lasts no longer than the sign-in that it was opened with.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use futures::StreamExt;
use http::{
    HeaderMap, HeaderName,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderValue},
};
use http_kit::{Authenticator, credential_of};

/// Looks whether sign-ins still stand.
pub(super) struct Revocation {
    pub(super) authenticator: Arc<dyn Authenticator>,
    /// How often.
    pub(super) every: Duration,
}

/// What a request brought to say who sent it.
pub(super) struct Brought(Vec<(HeaderName, HeaderValue)>);

impl Brought {
    pub(super) fn of(request: &Request) -> Self {
        let of = |name: HeaderName| {
            let values = request.headers().get_all(&name).iter().cloned();
            values.map(move |value| (name.clone(), value)).collect()
        };
        let token: Vec<_> = of(AUTHORIZATION);
        // A token goes before a cookie.
        Self(if token.is_empty() { of(COOKIE) } else { token })
    }

    /// To be kept for as long as a stream: copies, for what came with the request keeps all that was read together with it.
    fn kept(self) -> HeaderMap {
        let mut kept = HeaderMap::new();
        for (name, value) in self.0 {
            if let Ok(mut copy) = HeaderValue::from_bytes(value.as_bytes()) {
                copy.set_sensitive(true);
                kept.append(name, copy);
            }
        }
        kept
    }
}

impl Revocation {
    /// The answer; a live stream ends when the token or cookie that it was opened with opens nothing any more. Any other answer is over
    /// before that matters.
    pub(super) fn ends_with(&self, brought: Brought, response: Response) -> Response {
        let content_type = response.headers().get(CONTENT_TYPE);
        let is_live = content_type.is_some_and(|kind| kind.as_bytes() == b"text/event-stream");
        if !is_live {
            return response;
        }
        let brought = brought.kept();
        if !matches!(credential_of(&brought), Ok(Some(_))) {
            return response;
        }
        let over = Box::pin(over(Arc::clone(&self.authenticator), self.every, brought));
        response.map(|body| Body::from_stream(body.into_data_stream().take_until(over)))
    }
}

/// Returns when the credential is good no longer. That it cannot be said at the moment is no reason to end a stream.
async fn over(authenticator: Arc<dyn Authenticator>, every: Duration, brought: HeaderMap) {
    loop {
        tokio::time::sleep(every).await;
        let Ok(Some(credential)) = credential_of(&brought) else {
            return;
        };
        if let Ok(None) = authenticator.authenticate(credential).await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use axum::response::IntoResponse;
    use bytes::Bytes;
    use http_body_util::BodyExt;
    use http_kit::{Authenticating, Caller, Credential, Role};

    use super::*;

    /// Knows one token until it is revoked.
    struct Revocable(AtomicBool);

    impl Authenticator for Revocable {
        fn authenticate<'a>(&'a self, _: Credential<'a>) -> Authenticating<'a> {
            let good = self.0.load(Ordering::Relaxed);
            let caller = good.then(|| Caller::new(Role::Shopper, ""));
            Box::pin(std::future::ready(Ok(caller)))
        }
    }

    #[test]
    fn what_is_kept_for_a_stream_keeps_nothing_else_of_its_request() {
        let read = Bytes::from("Bearer t and all that was read together with it".to_owned());
        let token = HeaderValue::from_maybe_shared(read.slice(.."Bearer t".len())).unwrap();
        let request = Request::get("/").header(AUTHORIZATION, token);
        let request = request.body(Body::empty()).unwrap();
        let kept = Brought::of(&request).kept();
        drop(request);
        assert_eq!(kept[AUTHORIZATION], "Bearer t");
        assert!(read.is_unique());
    }

    #[tokio::test]
    async fn a_stream_ends_when_its_token_is_revoked() {
        let authenticator = Arc::new(Revocable(AtomicBool::new(true)));
        let revocation = Revocation {
            authenticator: Arc::clone(&authenticator) as Arc<dyn Authenticator>,
            every: Duration::from_millis(20),
        };
        let ticks = futures::stream::repeat("data: x\n\n").then(|tick| async move {
            tokio::time::sleep(Duration::from_millis(2)).await;
            Ok::<_, std::convert::Infallible>(tick)
        });
        let endless = (
            [(CONTENT_TYPE, "text/event-stream")],
            Body::from_stream(ticks),
        );
        let request = Request::get("/").header("authorization", "Bearer t");
        let brought = Brought::of(&request.body(Body::empty()).unwrap());
        let response = revocation.ends_with(brought, endless.into_response());
        let mut body = response.into_body();
        // It has been looked at more than once by then.
        for _ in 0..40 {
            assert!(body.frame().await.is_some());
        }
        authenticator.0.store(false, Ordering::Relaxed);
        let rest = async { while body.frame().await.is_some() {} };
        let ended = tokio::time::timeout(Duration::from_secs(10), rest).await;
        assert!(ended.is_ok());
    }
}
