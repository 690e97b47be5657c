//! A live stream lasts no longer than the sign-in that it was opened with.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use futures::StreamExt;
use http::header::CONTENT_TYPE;
use http_kit::{Authenticator, Credential, credential_of};

/// The state of the layer [`end_with_session`].
#[derive(Clone)]
pub(super) struct Revocation {
    pub(super) authenticator: Arc<dyn Authenticator>,
    /// How often is looked whether the sign-in still stands.
    pub(super) every: Duration,
}

/// What a request brought, kept for as long as its stream.
enum Kept {
    Bearer(String),
    Cookie(String),
}

impl Kept {
    fn credential(&self) -> Credential<'_> {
        match self {
            Self::Bearer(token) => Credential::Bearer(token),
            Self::Cookie(secret) => Credential::Cookie(secret),
        }
    }
}

/// A layer: ends a live stream when the token or cookie that it was opened with opens nothing any more. Any other answer is
/// over before that matters.
pub(super) async fn end_with_session(
    State(revocation): State<Revocation>,
    request: Request,
    next: Next,
) -> Response {
    let kept = match credential_of(request.headers()) {
        Ok(Some(Credential::Bearer(token))) => Some(Kept::Bearer(token.to_owned())),
        Ok(Some(Credential::Cookie(secret))) => Some(Kept::Cookie(secret.to_owned())),
        Ok(None) | Err(_) => None,
    };
    let response = next.run(request).await;
    let content_type = response.headers().get(CONTENT_TYPE);
    let is_live = content_type.is_some_and(|kind| kind.as_bytes() == b"text/event-stream");
    match kept {
        Some(kept) if is_live => {
            let (parts, body) = response.into_parts();
            let over = Box::pin(revocation.over(kept));
            let stream = body.into_data_stream().take_until(over);
            Response::from_parts(parts, Body::from_stream(stream))
        }
        _ => response,
    }
}

impl Revocation {
    /// Returns when the credential is good no longer. That it cannot be said at the moment is no reason to end a stream.
    async fn over(self, kept: Kept) {
        loop {
            tokio::time::sleep(self.every).await;
            if let Ok(None) = self.authenticator.authenticate(kept.credential()).await {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use axum::{Router, middleware::from_fn_with_state, routing::get};
    use http_body_util::BodyExt;
    use http_kit::{Authenticating, Caller, Role};
    use tower::ServiceExt;

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

    #[tokio::test]
    async fn a_stream_ends_when_its_token_is_revoked() {
        let authenticator = Arc::new(Revocable(AtomicBool::new(true)));
        let revocation = Revocation {
            authenticator: Arc::clone(&authenticator) as Arc<dyn Authenticator>,
            every: Duration::from_millis(20),
        };
        let endless = || async {
            let ticks = futures::stream::repeat("data: x\n\n").then(|tick| async move {
                tokio::time::sleep(Duration::from_millis(2)).await;
                Ok::<_, std::convert::Infallible>(tick)
            });
            (
                [(CONTENT_TYPE, "text/event-stream")],
                Body::from_stream(ticks),
            )
        };
        let app = Router::new()
            .route("/", get(endless))
            .layer(from_fn_with_state(revocation, end_with_session));
        let request = Request::get("/").header("authorization", "Bearer t");
        let response = app.oneshot(request.body(Body::empty()).unwrap());
        let mut body = response.await.unwrap().into_body();
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
