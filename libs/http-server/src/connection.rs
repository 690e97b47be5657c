//! One connection: what it speaks, and serving it with no more memory than a stream that idles for an hour may hold.

use std::{
    convert::Infallible,
    fmt::Display,
    pin::Pin,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{Router, body::Body, response::IntoResponse};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version, header::CONNECTION};
use http_kit::{Problem, trace_id};
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulConnection},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::debug;

use super::{PeerAddress, request_name::new_name, tls::Tls, unreadable::Explained};

/// How what a client of HTTP/2 says first begins (RFC 9113, section 3.4): no method of HTTP/1 in use here does.
const HTTP_2_BEGINS: &[u8] = b"PR";
/// A client that says nothing for this long is not one.
const FIRST_BYTE_PATIENCE: Duration = Duration::from_secs(10);
/// For the head of each request, and between requests on one connection.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// hyper's least: every idle stream holds them.
pub(super) const BUFFER_BYTES: usize = 8_192;
/// What the headers of a request over HTTP/2 come to at most, each with 32 bytes more, as RFC 9113 counts them. Up to twice as much is
/// refused with a problem; h2 refuses what is more than that, without one.
const HEAD_BYTES: u32 = 16 * 1024;
/// After the stop a connection that waits for its next request is kept so long: a request that is on its way still gets its
/// answer, and with it the word that the connection ends. Closing at once would lose it.
const LAST_REQUEST: Duration = Duration::from_millis(250);

/// A connection, as it is served to its end. Everything that only its beginning needed is gone.
pub(super) type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Finds out what a connection speaks; nothing, if its client says nothing.
pub(super) async fn begin(
    stream: TcpStream,
    tls: Option<Tls>,
    app: watch::Receiver<Router>,
    stop: CancellationToken,
) -> Option<Serving> {
    // Small writes are events: they leave at once. A socket that refuses the option is about to fail anyway.
    let _ = stream.set_nodelay(true);
    let mut bytes = [0; 2];
    let first = tokio::time::timeout(FIRST_BYTE_PATIENCE, stream.peek(&mut bytes));
    let count = tokio::select! {
        first = first => first.ok()?.ok()?,
        () = stop.cancelled() => return None,
    };
    let first = bytes.get(..count).filter(|first| !first.is_empty())?;
    let peer = PeerAddress(stream.peer_addr().ok()?.ip().to_canonical());
    let Some(tls) = tls else {
        let is_http_1 = !HTTP_2_BEGINS.starts_with(first);
        return Some(serving(stream, is_http_1, peer, app, stop));
    };
    let handshake = tokio::time::timeout(FIRST_BYTE_PATIENCE, tls.acceptor().accept(stream));
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        () = stop.cancelled() => return None,
    };
    match shaken {
        Ok(Ok(stream)) => {
            let is_http_1 = stream.get_ref().1.alpn_protocol() == Some(b"http/1.1");
            return Some(serving(stream, is_http_1, peer, app, stop));
        }
        Ok(Err(error)) => debug!("no TLS with {}: {error}", peer.0),
        Err(_) => debug!("no TLS with {}: it took too long", peer.0),
    }
    None
}

/// Serves a connection that speaks HTTP/1, or one that may speak either.
///
/// A live stream holds what its connection holds for an hour: where HTTP/2 cannot be meant, no room is kept for it.
fn serving(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    is_http_1: bool,
    peer: PeerAddress,
    app: watch::Receiver<Router>,
    stop: CancellationToken,
) -> Serving {
    let service = service(peer, app, &stop);
    let stream = TokioIo::new(Explained::new(stream));
    if is_http_1 {
        let connection = HTTP_1.serve_connection(stream, service);
        Box::pin(until(Box::pin(connection), stop))
    } else {
        let connection = EITHER.serve_connection(stream, service);
        Box::pin(until(Box::pin(connection), stop))
    }
}

/// What answers the requests of a connection. Each answer is made on the heap: hyper keeps as much room for what makes it as that takes,
/// and keeps it long after it has answered.
fn service(
    peer: PeerAddress,
    app: watch::Receiver<Router>,
    stop: &CancellationToken,
) -> impl Service<
    Request<Incoming>,
    Response = Response<Body>,
    Error = Infallible,
    Future: Send + 'static,
> + Send
+ use<> {
    // A token is copied under a lock that all connections share.
    let stop = Arc::new(stop.clone());
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        Box::pin(answer(app.borrow().clone(), request, Arc::clone(&stop)))
    })
}

/// How HTTP/1 is spoken.
static HTTP_1: LazyLock<http1::Builder> = LazyLock::new(|| {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(BUFFER_BYTES);
    builder
});

/// How either is.
static EITHER: LazyLock<auto::Builder<TokioExecutor>> = LazyLock::new(|| {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(BUFFER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(128)
        .max_header_list_size(2 * HEAD_BYTES)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
});

/// Serves a connection to its end, which comes soon after the stop.
async fn until<C>(mut connection: Pin<Box<C>>, stop: CancellationToken)
where
    C: GracefulConnection<Error: Display>,
{
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => end(connection).await,
    };
    if let Err(error) = ended {
        debug!("a connection ended: {error}");
    }
}

/// Lets a connection come to its end after the stop.
async fn end<C: GracefulConnection>(mut connection: Pin<Box<C>>) -> Result<(), C::Error> {
    if let Ok(ended) = tokio::time::timeout(LAST_REQUEST, connection.as_mut()).await {
        return ended;
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

async fn answer(
    app: Router,
    request: Request<Incoming>,
    stop: Arc<CancellationToken>,
) -> Result<Response<Body>, Infallible> {
    let version = request.version();
    if version == Version::HTTP_2 && head_bytes(request.headers()) > HEAD_BYTES as usize {
        return Ok(headers_too_large(request.headers()));
    }
    let mut response = app.oneshot(request.map(body_of)).await?;
    if stop.is_cancelled() && version <= Version::HTTP_11 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    Ok(response)
}

/// The body as axum has it; for none there is nothing to make.
fn body_of(incoming: Incoming) -> Body {
    if incoming.is_end_stream() {
        Body::empty()
    } else {
        Body::new(incoming)
    }
}

/// What the headers come to, as RFC 9113 counts them.
fn head_bytes(headers: &HeaderMap) -> usize {
    let each = headers.iter();
    each.map(|(name, value)| name.as_str().len() + value.len() + 32)
        .sum()
}

fn headers_too_large(headers: &HeaderMap) -> Response<Body> {
    let made = new_name();
    let trace = trace_id(headers).unwrap_or(made.to_str().unwrap_or_default());
    Problem::new(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        "headers-too-large",
        "The request's headers are too large",
    )
    .detail(format!("Send at most {HEAD_BYTES} bytes of headers."))
    .traced(trace)
    .into_response()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_connection_takes_little_room_and_none_for_a_version_that_it_does_not_speak() {
        let (_, app) = watch::channel(Router::new());
        let stop = CancellationToken::new();
        let peer = PeerAddress(Ipv4Addr::LOCALHOST.into());
        let stream = || TokioIo::new(Explained::new(tokio::io::duplex(1).0));
        let service = || service(peer, app.clone(), &stop);
        let http_1 = size_of_val(&HTTP_1.serve_connection(stream(), service()));
        let either = size_of_val(&EITHER.serve_connection(stream(), service()));
        assert!(http_1 <= 1_024 && http_1 < either, "{http_1}, {either}");
        let task = size_of_val(&*serving(
            tokio::io::duplex(1).0,
            true,
            peer,
            app.clone(),
            stop.clone(),
        ));
        assert!(task <= 256, "{task}");
    }
}
