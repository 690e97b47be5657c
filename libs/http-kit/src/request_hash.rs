//! What tells two requests with one `Idempotency-Key` apart: a hash over method, address and body.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http::{header::CONTENT_TYPE, request::Parts};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};

use crate::Problem;

/// The hash of a request, as far as its body has been read. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct RequestHash(Arc<Mutex<Hasher>>);

impl RequestHash {
    pub(crate) fn of(parts: &Parts) -> Self {
        let mut hash = Sha256::new();
        hash.update(parts.method.as_str());
        hash.update(b" ");
        hash.update(parts.uri.path());
        hash.update(b"?");
        hash.update(parts.uri.query().unwrap_or_default());
        hash.update(b"\n");
        let media_type = parts.headers.get(CONTENT_TYPE);
        let boundary = media_type
            .and_then(|value| value.to_str().ok())
            .and_then(boundary_of);
        Self(Arc::new(Mutex::new(Hasher {
            hash,
            boundary: boundary.unwrap_or_default(),
            held: Vec::new(),
        })))
    }

    /// A body that is hashed as it is read.
    pub(crate) fn reading(&self, body: Body) -> Body {
        Body::new(HashedBody {
            body,
            hash: self.clone(),
        })
    }

    /// Reads what is left of a body, at most `limit` bytes.
    pub(crate) async fn read(&self, mut body: Body, limit: usize) -> Result<(), Problem> {
        let mut seen = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Problem::body_broken_off())?;
            if let Some(data) = frame.data_ref() {
                seen += data.len();
                if seen > limit {
                    return Err(Problem::body_too_large(limit));
                }
                self.update(data);
            }
        }
        Ok(())
    }

    /// In hexadecimal, of everything read so far.
    pub(crate) fn so_far(&self) -> String {
        let hasher = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hash = hasher.hash.clone();
        hash.update(&hasher.held);
        hex::encode(hash.finalize())
    }

    fn update(&self, data: &[u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .update(data);
    }
}

/// Browsers draw a new boundary each time they send a form: it is left out.
#[derive(Debug)]
struct Hasher {
    hash: Sha256,
    /// Empty where the body is no form.
    boundary: Vec<u8>,
    /// The end of what was read, where a boundary may have begun.
    held: Vec<u8>,
}

impl Hasher {
    fn update(&mut self, data: &[u8]) {
        if self.boundary.is_empty() {
            self.hash.update(data);
            return;
        }
        self.held.extend_from_slice(data);
        let mut done = 0;
        while let Some(at) = memchr::memmem::find(&self.held[done..], &self.boundary) {
            self.hash.update(&self.held[done..done + at]);
            done += at + self.boundary.len();
        }
        let undecided = self.boundary.len() - 1;
        let end = self.held.len().saturating_sub(undecided).max(done);
        self.hash.update(&self.held[done..end]);
        self.held.drain(..end);
    }
}

fn boundary_of(media_type: &str) -> Option<Vec<u8>> {
    let (essence, parameters) = media_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim().trim_matches('"'))
    })?;
    (!boundary.is_empty()).then(|| boundary.as_bytes().to_vec())
}

struct HashedBody {
    body: Body,
    hash: RequestHash,
}

impl HttpBody for HashedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.hash.update(data);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn hash(uri: &str, media_type: &str, body: &[u8], chunk: usize) -> String {
        let request = Request::post(uri).header(CONTENT_TYPE, media_type);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let hash = RequestHash::of(&parts);
        for data in body.chunks(chunk) {
            hash.update(data);
        }
        hash.so_far()
    }

    #[test]
    fn a_form_is_the_same_whatever_its_boundary_and_however_it_arrives() {
        let form = |boundary: &str, value: &str| {
            let body = format!("--{boundary}\r\nname=a\r\n\r\n{value}\r\n--{boundary}--\r\n");
            let media_type = format!("multipart/form-data; boundary={boundary}");
            (media_type, body)
        };
        let (media_type, body) = form("----one", "x--y-");
        let whole = hash("/p", &media_type, body.as_bytes(), 1_000);
        let (media_type, body) = form("\"another\"", "x--y-");
        let body = body.replace('"', "");
        for chunk in 1..20 {
            assert_eq!(hash("/p", &media_type, body.as_bytes(), chunk), whole);
        }
        let (media_type, body) = form("----one", "x--z-");
        assert_ne!(hash("/p", &media_type, body.as_bytes(), 7), whole);
    }

    #[test]
    fn address_query_and_body_all_count() {
        let first = hash("/p?a=1", "application/json", b"{}", 1);
        assert_eq!(first, hash("/p?a=1", "application/json", b"{}", 2));
        for other in [
            hash("/q?a=1", "application/json", b"{}", 1),
            hash("/p?a=2", "application/json", b"{}", 1),
            hash("/p?a=1", "application/json", b"[]", 1),
        ] {
            assert_ne!(first, other);
        }
    }
}
