//! Layers that are plain functions.

use std::convert::Infallible;

use axum::{Router, extract::Request, response::Response, routing::Route};
use futures::FutureExt;
use tower::{ServiceExt, layer::layer_fn, service_fn};

/// Puts a function around every route of a router. It gets the route to [`proceed`] to.
///
/// It costs each request one box, however much the function does. `axum::middleware::from_fn` does the same for three, and for a copy of
/// all layers within.
pub fn around<F, R>(router: Router, answer: F) -> Router
where
    F: Fn(Route, Request) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response> + Send + 'static,
{
    router.layer(layer_fn(move |route: Route| {
        let answer = answer.clone();
        service_fn(move |request| answer(route.clone(), request).map(Ok::<_, Infallible>))
    }))
}

/// What the route answers.
pub async fn proceed(route: Route, request: Request) -> Response {
    let Ok(response) = route.oneshot(request).await;
    response
}
