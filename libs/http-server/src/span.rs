//! What logs say of the request that they belong to.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    response::Response,
};
use http_body::{Frame, SizeHint};
use http_kit::trace_id;
use tracing::{Level, Span, debug, enabled, info_span};

/// What stands in every line that is logged on behalf of a request with this id.
pub(crate) fn span_of(request: &Request, id: &str) -> Span {
    let trace = trace_id(request.headers()).filter(|trace| *trace != id);
    let (method, path) = (request.method(), request.uri().path());
    info_span!("request", %method, path, id, trace)
}

/// Answers within this span, and lets a body that is made while it is sent do so too.
pub(crate) async fn within(span: Span, answering: impl Future<Output = Response>) -> Response {
    let begun = enabled!(Level::DEBUG).then(Instant::now);
    let mut answering = pin!(answering);
    let response = poll_fn(|context| {
        let _within = span.enter();
        answering.as_mut().poll(context)
    })
    .await;
    if let Some(begun) = begun {
        let (status, latency) = (response.status().as_u16(), begun.elapsed());
        span.in_scope(|| debug!(status, ?latency, "answered"));
    }
    // A document logs nothing on its way out.
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| Body::new(Within { span, body }))
}

/// A body of which every piece is made within a span.
struct Within {
    span: Span,
    body: Body,
}

impl HttpBody for Within {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Self { span, body } = &mut *self;
        let _within = span.enter();
        Pin::new(body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
