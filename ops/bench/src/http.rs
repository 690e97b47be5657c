//! HTTP/1.1 over one connection, as little of it as a load generator needs: on a small machine a full client would measure itself.

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stand::TOKEN;

/// A head that is longer is not one of ours.
const LONGEST_HEAD: usize = 16 << 10;

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

/// The bytes of a request by the admin.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    request_with(TOKEN, method, path, headers, body)
}

/// The bytes of a request by whoever has this token; by nobody, if it is empty.
pub(crate) fn request_with(
    token: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n");
    if !token.is_empty() {
        text.push_str("authorization: Bearer ");
        text.push_str(token);
        text.push_str("\r\n");
    }
    for (name, value) in headers {
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        text.push_str("content-type: application/json\r\n");
    }
    format!("{text}content-length: {}\r\n\r\n{body}", body.len())
}

impl Connection {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// Sends a request and waits for its answer. The caller bounds the time.
    pub(crate) async fn send(&mut self, request: &str) -> anyhow::Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if self.buffer.len() > LONGEST_HEAD {
                bail!("the head of the answer does not end");
            }
            self.read_more().await?;
        };
        let head = String::from_utf8(self.buffer.drain(..end).collect())?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        let body = match header(&head, "content-length") {
            Some(length) => self.take(length.parse()?).await?,
            None if header(&head, "transfer-encoding").is_some() => self.chunks().await?,
            None => vec![],
        };
        Ok(Answer { status, head, body })
    }

    /// The next bytes.
    async fn take(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.read_more().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    /// A body in chunks (RFC 9112, section 7.1), without trailers.
    async fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = vec![];
        loop {
            let end = loop {
                match self.buffer.windows(2).position(|two| two == b"\r\n") {
                    Some(at) => break at + 2,
                    None => self.read_more().await?,
                }
            };
            let line = String::from_utf8(self.take(end).await?)?;
            let length = usize::from_str_radix(line.trim(), 16)?;
            let mut chunk = self.take(length + 2).await?;
            if length == 0 {
                return Ok(body);
            }
            chunk.truncate(length);
            body.append(&mut chunk);
        }
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        anyhow::ensure!(read > 0, "the connection was closed");
        Ok(())
    }
}

impl Answer {
    /// Fails unless it is this.
    pub(crate) fn expect(self, status: u16) -> anyhow::Result<Self> {
        let body = || String::from_utf8_lossy(&self.body);
        anyhow::ensure!(
            self.status == status,
            "{} instead of {status}: {}",
            self.status,
            body()
        );
        Ok(self)
    }

    /// The sequence in `Drape-Position`.
    pub(crate) fn sequence(&self) -> anyhow::Result<u64> {
        let position = header(&self.head, "drape-position").context("no position")?;
        let (_, sequence) = position.rsplit_once('-').context("no sequence")?;
        Ok(sequence.parse()?)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().skip(1);
    lines.find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn answers_come_back_one_after_another_over_one_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = [0; 1_024];
            for part in [
                "HTTP/1.1 201 Created\r\nDrape-Position: e-7\r\ncontent-le",
                "ngth: 2\r\n\r\n{}",
            ] {
                if part.starts_with("HTTP") {
                    assert!(stream.read(&mut seen).await.unwrap() > 0);
                }
                stream.write_all(part.as_bytes()).await.unwrap();
            }
            assert!(stream.read(&mut seen).await.unwrap() > 0);
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                .await
                .unwrap();
            assert!(stream.read(&mut seen).await.unwrap() > 0);
            let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\na\r\n,234567890\r\n1\r\n]\r\n0\r\n\r\n";
            stream.write_all(chunked.as_bytes()).await.unwrap();
        });
        let mut connection = Connection::open(&address).await.unwrap();
        let first = connection
            .send(&request("POST", "/", &[("a", "b")], "{}"))
            .await
            .unwrap();
        assert_eq!(
            (first.status, first.sequence().unwrap(), &*first.body),
            (201, 7, &b"{}"[..])
        );
        let second = connection
            .send(&request("GET", "/", &[], ""))
            .await
            .unwrap();
        assert!(second.expect(204).unwrap().body.is_empty());
        let third = connection
            .send(&request("GET", "/", &[], ""))
            .await
            .unwrap();
        assert_eq!(third.expect(200).unwrap().body, b"[1,234567890]");
        serving.await.unwrap();
    }
}
