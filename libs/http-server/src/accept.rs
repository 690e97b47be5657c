//! Our own accept loop on hyper: bounded connections, small buffers for idle streams, and a drain with an end.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

use super::{connection::begin, tls::Tls};

/// After an error such as "too many open files": give connections time to end.
const ERROR_PAUSE: Duration = Duration::from_millis(100);

/// Where a request comes from: the other end of its connection. An extension of every request.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub IpAddr);

/// The bounds of the accept loop.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; further ones wait in the kernel.
    pub connections: usize,
    /// How long requests may go on after the stop.
    pub drain: Duration,
}

/// Serves `app`, always in its newest version, until `stop`; then lets requests end within the drain time. Over TLS, if there is a
/// certificate, and then only so.
pub async fn accept(
    listener: TcpListener,
    app: watch::Receiver<Router>,
    limits: Limits,
    tls: Option<Tls>,
    stop: CancellationToken,
) {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    let give_up = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = next(&listener, &slots) => accepted,
        };
        let Some((stream, slot)) = accepted else {
            continue;
        };
        let (app, stop, give_up) = (app.clone(), stop.clone(), give_up.clone());
        let tls = tls.clone();
        connections.spawn(async move {
            // Each part is where it needs no room in the task before or after its time.
            let serving = async {
                if let Some(serving) = Box::pin(begin(stream, tls, app, stop)).await {
                    serving.await;
                }
            };
            give_up.run_until_cancelled(serving).await;
            drop(slot);
        });
    }
    // From here on the kernel refuses new connections.
    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.drain, connections.wait())
        .await
        .is_err()
    {
        warn!("{} connections were cut off", connections.len());
        give_up.cancel();
        connections.wait().await;
    }
}

async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, slot)),
        Err(error) => {
            warn!("cannot accept a connection: {error}");
            tokio::time::sleep(ERROR_PAUSE).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Instant};

    use axum::{body::Body, routing::get};
    use http::{Request, StatusCode};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn start(
        app: Router,
        stop: &CancellationToken,
    ) -> (std::net::SocketAddr, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits {
            connections: 8,
            drain: Duration::from_millis(1_500),
        };
        let (_, app) = watch::channel(app);
        (
            address,
            tokio::spawn(accept(listener, app, limits, None, stop.clone())),
        )
    }

    async fn open(address: std::net::SocketAddr, path: &str) -> TcpStream {
        let mut client = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0; 15];
        client.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK");
        client
    }

    /// A stream that only the token ends, as the live streams do; or that nothing ends.
    fn endless(until: Option<CancellationToken>) -> Body {
        let first = futures::stream::iter([Ok::<_, Infallible>("data: {}\n\n")]);
        let rest = futures::stream::once(async move {
            match until {
                Some(stop) => stop.cancelled().await,
                None => std::future::pending().await,
            }
            Ok("")
        });
        Body::from_stream(futures::StreamExt::chain(first, rest))
    }

    #[tokio::test]
    async fn an_open_stream_does_not_hold_up_the_end() {
        let stop = CancellationToken::new();
        let ends = stop.clone();
        let app = Router::new()
            .route("/live", get(move || async move { endless(Some(ends)) }))
            .route("/stuck", get(|| async { endless(None) }));
        let (address, server) = start(app.clone(), &stop).await;
        let mut live = open(address, "/live").await;
        let began = Instant::now();
        stop.cancel();
        server.await.unwrap();
        assert!(
            began.elapsed() < Duration::from_millis(500),
            "{:?}",
            began.elapsed()
        );
        let mut rest = vec![];
        live.read_to_end(&mut rest).await.unwrap();
        assert!(
            rest.ends_with(b"0\r\n\r\n"),
            "the stream ends as HTTP wants it"
        );

        let stop = CancellationToken::new();
        let (address, server) = start(app, &stop).await;
        let _stuck = open(address, "/stuck").await;
        let began = Instant::now();
        stop.cancel();
        server.await.unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
    }

    #[tokio::test]
    async fn a_request_that_crosses_the_stop_is_answered_and_told_that_the_connection_ends() {
        let stop = CancellationToken::new();
        let app = Router::new().route("/", get(|| async { "well" }));
        let (address, server) = start(app, &stop).await;
        let mut client = open(address, "/").await;
        let mut rest = vec![0; 1_024];
        let length = client.read(&mut rest).await.unwrap();
        assert!(rest[..length].ends_with(b"well"));
        stop.cancel();
        tokio::task::yield_now().await;

        let request = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n";
        client.write_all(request).await.unwrap();

        let mut answer = vec![];
        client.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        server.await.unwrap();
    }

    #[tokio::test]
    async fn http_2_is_spoken_without_an_upgrade() {
        let stop = CancellationToken::new();
        let version =
            |request: axum::extract::Request| async move { format!("{:?}", request.version()) };
        let app = Router::new().route("/", get(version));
        let (address, server) = start(app, &stop).await;
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream);
        let (mut client, connection) = handshake.await.unwrap();
        let connection = tokio::spawn(connection);
        // Many at once on one connection: live streams no longer take the six that a browser has.
        let answers = (0..20).map(|_| {
            let request = Request::get(format!("http://{address}/")).body(Body::empty());
            client.send_request(request.unwrap())
        });
        for answer in futures::future::join_all(answers).await {
            let body = axum::body::to_bytes(Body::new(answer.unwrap()), 64)
                .await
                .unwrap();
            assert_eq!(body, "HTTP/2.0");
        }
        stop.cancel();
        server.await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_method_that_begins_as_http_2_does_is_http_1() {
        let stop = CancellationToken::new();
        let method = |request: axum::extract::Request| async move { request.method().to_string() };
        let app = Router::new().route("/", axum::routing::any(method));
        let (address, server) = start(app, &stop).await;
        for method in ["PUT", "PROPFIND"] {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.set_nodelay(true).unwrap();
            // What comes first may be as short as it likes.
            for part in [
                &method[..1],
                &method[1..],
                " / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            ] {
                client.write_all(part.as_bytes()).await.unwrap();
                tokio::task::yield_now().await;
            }
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            assert!(answer.ends_with(method), "{answer}");
        }
        stop.cancel();
        server.await.unwrap();
    }

    #[tokio::test]
    async fn headers_that_are_too_large_over_http_2_are_a_problem() {
        let stop = CancellationToken::new();
        let app = Router::new().route("/", get(|| async { "well" }));
        let (address, server) = start(app, &stop).await;
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream);
        let (mut client, connection) = handshake.await.unwrap();
        let connection = tokio::spawn(connection);
        let request =
            Request::get(format!("http://{address}/")).header("x-long", "x".repeat(20_000));
        let answer = client.send_request(request.body(Body::empty()).unwrap());
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(Body::new(answer.into_body()), 1_024).await;
        let problem: serde_json::Value = serde_json::from_slice(&body.unwrap()).unwrap();
        assert_eq!(problem["code"], "headers-too-large");
        drop(client);
        stop.cancel();
        server.await.unwrap();
        connection.await.unwrap().unwrap();
    }

    /// What is answered to these bytes, of which the client sends more than anybody reads.
    async fn answered(request: &[u8]) -> (String, serde_json::Value) {
        let stop = CancellationToken::new();
        let app = Router::new().route("/", get(|| async { "well" }));
        let (address, server) = start(app, &stop).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(request).await.unwrap();
        let mut answer = vec![];
        client.read_to_end(&mut answer).await.unwrap();
        stop.cancel();
        server.await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let refused = answer.rfind("HTTP/1.1").unwrap();
        let (head, body) = answer[refused..].split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains("content-type: application/problem+json"),
            "{head}"
        );
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{head}"
        );
        (answer.clone(), serde_json::from_str(body).unwrap())
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused_with_a_problem() {
        let well = "GET / HTTP/1.1\r\nhost: test\r\n";
        let many = "x-many: 1\r\n".repeat(200);
        for (request, status, code) in [
            (format!("{well}{many}\r\n"), 431, "headers-too-large"),
            (
                format!("{well}x-long: {}\r\n\r\n", "x".repeat(100_000)),
                431,
                "headers-too-large",
            ),
            (
                format!(
                    "GET /?q={} HTTP/1.1\r\nhost: test\r\n\r\n",
                    "x".repeat(100_000)
                ),
                414,
                "address-too-long",
            ),
            (format!("{well}no header\r\n\r\n"), 400, "malformed-request"),
            (
                "G\u{1}T / HTTP/1.1\r\n\r\n".to_owned(),
                400,
                "malformed-request",
            ),
            (
                "GET /\u{1} HTTP/1.1\r\n\r\n".to_owned(),
                400,
                "malformed-request",
            ),
            ("GET / HTTP/7\r\n\r\n".to_owned(), 400, "malformed-request"),
        ] {
            for before in ["", "GET / HTTP/1.1\r\nhost: test\r\n\r\n"] {
                let (answer, problem) = answered(format!("{before}{request}").as_bytes()).await;
                // Of what was sent together with another request is not always known where it begins.
                let (status, code) = match (status, problem["status"].as_u64()) {
                    (414 | 431, Some(414)) if !before.is_empty() => (414, "address-too-long"),
                    (414 | 431, Some(431)) if !before.is_empty() => (431, "headers-too-large"),
                    _ => (status, code),
                };
                let shown = (&problem["status"], &problem["code"]);
                assert_eq!(shown, (&status.into(), &code.into()), "{answer}");
                assert_eq!(problem["type"], format!("/problems/{code}"));
                assert_eq!(problem["trace_id"].as_str().unwrap().len(), 36);
                assert_eq!(answer.contains("200 OK"), !before.is_empty(), "{answer}");
            }
        }
    }

    #[tokio::test]
    async fn nobody_comes_in_after_the_stop() {
        let stop = CancellationToken::new();
        let (address, server) = start(Router::new(), &stop).await;
        stop.cancel();
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
