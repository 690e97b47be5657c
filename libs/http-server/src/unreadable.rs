//! Problems for requests that hyper refuses before anything of ours sees them.
//!
//! What cannot be read as a request, or has a head that is too large, is answered by hyper itself, without a body. Such an answer is
//! recognised on its way out, by all of its bytes, and leaves as a problem (RFC 9457) instead. The connection ends with it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use http::StatusCode;
use http_kit::Problem;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::{connection::BUFFER_BYTES, request_name::new_name};

/// Longer answers are none of hyper's own.
const LONGEST_REFUSAL: usize = 256;
/// What a refused client still sends is read so far, that the reset of the connection does not overtake the answer.
const MOST_BYTES_AFTER: usize = 1 << 20;
/// And for so long.
const PATIENCE: Duration = Duration::from_secs(1);

/// A connection on which hyper's own refusals become problems.
pub(super) struct Explained<S> {
    stream: S,
    /// How much was read since something was written last, if no line of it has ended.
    unbroken: Option<usize>,
    /// On the heap: few are.
    refused: Option<Box<Refused>>,
}

/// What is sent in place of hyper's refusal.
struct Refused {
    rest: Bytes,
    /// What the client sent since.
    after: usize,
    patience: Pin<Box<Sleep>>,
}

impl<S> Explained<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            unbroken: Some(0),
            refused: None,
        }
    }

    /// Whether these bytes, which are all of a write, are a refusal of hyper's; then a problem is sent in their place.
    fn replaces(&mut self, written: &[u8]) -> bool {
        if self.refused.is_some() {
            return false;
        }
        let unbroken = self.unbroken.replace(0).unwrap_or(0);
        let Some(status) = refusal(written) else {
            return false;
        };
        // What was sent together with another request was read before, and may have had lines.
        let answer = answer(&problem(status, unbroken < BUFFER_BYTES));
        self.refused = Some(Box::new(Refused {
            rest: answer.into(),
            after: 0,
            patience: Box::pin(sleep(PATIENCE)),
        }));
        true
    }
}

/// The status of a refusal that hyper wrote by itself: its only answers of this form. Ours name their request.
fn refusal(written: &[u8]) -> Option<StatusCode> {
    if written.len() > LONGEST_REFUSAL || !written.starts_with(b"HTTP/1.") {
        return None;
    }
    let text = std::str::from_utf8(written).ok()?;
    let (line, headers) = text.strip_suffix("\r\n\r\n")?.split_once("\r\n")?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let expected = |header: &str| {
        header == "content-length: 0"
            || header == "connection: close"
            || header.starts_with("date: ")
    };
    let is_empty = headers
        .split("\r\n")
        .any(|header| header == "content-length: 0");
    (is_empty && headers.split("\r\n").all(expected))
        .then_some(status)
        .filter(StatusCode::is_client_error)
}

/// What is wrong with a request that was refused with this status, of which a first line was read or not.
fn problem(status: StatusCode, line: bool) -> Problem {
    let problem = match (status, line) {
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, true) => Problem::new(
            status,
            "headers-too-large",
            "The request's headers are too large",
        )
        .detail("Send at most 100 headers, and no more than 8192 bytes before the body."),
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE | StatusCode::URI_TOO_LONG, _) => {
            Problem::new(
                StatusCode::URI_TOO_LONG,
                "address-too-long",
                "The request's address is too long",
            )
            .detail("Send no more than 8192 bytes before the body.")
        }
        _ => Problem::new(
            status,
            "malformed-request",
            "The request cannot be read as HTTP",
        )
        .detail("See RFC 9112 for how a request is written."),
    };
    problem.traced(new_name().to_str().unwrap_or_default())
}

fn answer(problem: &Problem) -> Vec<u8> {
    let (status, body) = (problem.status(), problem.to_json());
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\
         x-content-type-options: nosniff\r\n\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len()
    );
    [head.into_bytes(), body].concat()
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        self.unbroken = self
            .unbroken
            .filter(|_| !read.contains(&b'\n'))
            .map(|before| before + read.len());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Explained<S> {
    /// Sends what stands in place of a refusal.
    fn poll_explain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(refused) = &mut self.refused
            && refused.rest.has_remaining()
        {
            let sent = Pin::new(&mut self.stream).poll_write(context, &refused.rest);
            match ready!(sent)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => refused.rest.advance(sent),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Throws away what a refused client still sends.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(refused) = &mut self.refused else {
            return Poll::Ready(());
        };
        let mut room = [0; 1_024];
        while refused.after < MOST_BYTES_AFTER {
            let mut buffer = ReadBuf::new(&mut room);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    refused.after += buffer.filled().len();
                }
                Poll::Ready(_) => break,
                Poll::Pending => return refused.patience.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.replaces(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        ready!(self.poll_explain(context))?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [bytes] = parts {
            return self.poll_write(context, bytes);
        }
        self.unbroken = Some(0);
        ready!(self.poll_explain(context))?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_explain(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_explain(context))?;
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        ready!(self.poll_linger(context));
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hyper_says_by_itself_is_replaced() {
        let refused = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\
                       date: Fri, 27 Nov 2026 09:00:00 GMT\r\n\r\n";
        assert_eq!(
            refusal(refused.as_bytes()).map(|status| status.as_u16()),
            Some(431)
        );
        for other in [
            refused.replace("431", "200"),
            refused.replace("connection: close", "x-request-id: 1"),
            refused.replace("content-length: 0", "content-length: 2"),
            refused.replace("content-length: 0\r\n", ""),
            refused.replace("\r\n\r\n", "\r\n\r\n{}"),
        ] {
            assert_eq!(refusal(other.as_bytes()), None, "{other}");
        }
    }
}
