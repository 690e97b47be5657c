//! Asks the server's monitoring address whether it syncs every message.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::OpenError;

const LIMIT: Duration = Duration::from_secs(5);
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// Whether every server in `urls` (`http://host:port`, separated by commas) has `sync_interval: always`.
pub(crate) async fn sync_always(urls: &str) -> Result<bool, OpenError> {
    for url in urls.split(',').map(str::trim) {
        let failed = |detail: String| OpenError::Monitor {
            url: url.to_owned(),
            detail,
        };
        let answer = timeout(LIMIT, get_varz(url)).await;
        let body = answer
            .map_err(|_| failed("no answer in time".to_owned()))?
            .map_err(failed)?;
        let varz: serde_json::Value =
            serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
        if varz.pointer("/jetstream/config/sync_always") != Some(&serde_json::Value::Bool(true)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `GET /varz` over plain HTTP/1.0: one small answer from a server in our own network.
async fn get_varz(url: &str) -> Result<Vec<u8>, String> {
    let host = url
        .strip_prefix("http://")
        .ok_or("the monitoring address must start with http://")?;
    let host = host.split('/').next().unwrap_or(host);
    let mut stream = TcpStream::connect(host)
        .await
        .map_err(|error| error.to_string())?;
    let request = format!("GET /varz HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    stream
        .take(MAX_ANSWER_BYTES)
        .read_to_end(&mut answer)
        .await
        .map_err(|error| error.to_string())?;
    let head_end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .ok_or("the answer is not HTTP")?;
    let status = String::from_utf8_lossy(&answer[..head_end])
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    if status.split(' ').nth(1) != Some("200") {
        return Err(format!("the answer is {status}"));
    }
    Ok(answer.split_off(head_end + 4))
}
