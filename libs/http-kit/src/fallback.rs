//! Problems for what no handler answers.

use std::any::Any;

use axum::{
    Router,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, Uri};

use crate::Problem;

/// 404 for an address that nothing lives at.
pub async fn not_found(uri: Uri) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "address-not-found",
        "Nothing lives at this address",
    )
    .instance(uri.path())
}

/// 405 for a method that an address does not have. The router adds `Allow`.
pub async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "This address does not have this method",
    )
    .detail(format!("{method} is not possible here"))
    .instance(uri.path())
}

/// 500 for a handler that panicked: for `CatchPanicLayer::custom`.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    // The box is dropped here: a payload whose own drop panics would take the connection with it.
    drop(panic);
    tracing::error!(panic = %message, "a handler panicked: {message}");
    Problem::internal().into_response()
}

/// Answers 404 and 405 with problems.
pub fn with_fallbacks<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::get};
    use http::{Request, header::CONTENT_TYPE};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn unknown_addresses_and_methods_are_problems() {
        let app: Router = with_fallbacks(Router::new().route("/here", get(|| async {})));
        for (method, path, status) in [("GET", "/there", 404), ("PUT", "/here", 405)] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .body(Body::empty())
                .unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        }
    }

    #[test]
    fn a_panic_is_a_problem_without_its_message() {
        let response = panicked(Box::new("secret"));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
