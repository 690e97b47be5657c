//! An answer that comes before its request has wholly arrived.
//!
//! A refusal needs no more of the body. Yet closing an HTTP/1 connection on which a client still writes resets it, and the reset
//! can overtake the answer: the client then sees a broken pipe instead of the reason. So the rest is read and thrown away
//! first, up to a bound (what RFC 9112 §9.6 asks of a server that closes).

use std::time::Duration;

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{StatusCode, Version, header::EXPECT};
use http_body_util::BodyExt;
use http_kit::SharedBody;
use hyper::body::Body as HttpBody;

/// A client that sends more than this after its answer is cut off.
const MOST_BYTES: usize = 64 << 20;
/// As is one that takes longer than this for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Throws away what a request still has to say that was refused by whoever it went on to.
pub(super) async fn linger<F>(request: Request, go_on: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    // HTTP/2 can end one stream alone, and who expects a 100 sends nothing before it.
    if request.version() > Version::HTTP_11
        || request.headers().contains_key(EXPECT)
        || request.body().is_end_stream()
    {
        return go_on(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = SharedBody::new(body);
    let request = Request::from_parts(parts, Body::new(body.clone()));
    let response = go_on(request).await;
    if is_refusal(response.status()) {
        // Whoever is too slow, or says too much, may be cut off: nothing is left to do for them.
        let _ = tokio::time::timeout(PATIENCE, discard(body)).await;
    }
    response
}

fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

async fn discard(mut body: SharedBody) {
    let mut seen = 0;
    while seen < MOST_BYTES {
        match body.frame().await {
            Some(Ok(frame)) => seen += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::post};
    use http_kit::{around, proceed};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// A server that reads none of any body, with or without `linger`.
    async fn refusing(lingers: bool) -> TcpStream {
        let refuse = || async { StatusCode::PAYLOAD_TOO_LARGE };
        let mut app = Router::new().route("/", post(refuse));
        if lingers {
            app = around(app, |route, request| {
                linger(request, |request| proceed(route, request))
            });
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        TcpStream::connect(address).await.unwrap()
    }

    /// Writes the whole request before it reads, as simple clients do.
    async fn post_all(mut stream: TcpStream, bytes: usize) -> std::io::Result<String> {
        let head = format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {bytes}\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&vec![0; bytes]).await?;
        let mut answer = vec![0; 1_024];
        let length = stream.read(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    #[tokio::test]
    async fn a_refused_upload_gets_its_answer() {
        let answer = post_all(refusing(true).await, 30 << 20).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }

    #[tokio::test]
    async fn without_it_the_connection_breaks() {
        post_all(refusing(false).await, 30 << 20).await.unwrap_err();
    }

    #[tokio::test]
    async fn an_endless_upload_is_cut_off() {
        let endless = post_all(refusing(true).await, MOST_BYTES + (32 << 20));
        endless.await.unwrap_err();
    }
}
