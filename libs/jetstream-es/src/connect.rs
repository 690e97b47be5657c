//! A client connection with the settings that this crate's promises are measured with.

use std::time::Duration;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not `nats://[user:password@]host:port`.
    #[error("the address of NATS cannot be read")]
    BadUrl(#[source] std::io::Error),
    /// No server answered.
    #[error("cannot connect to NATS")]
    Unreachable(#[from] async_nats::ConnectError),
}

/// Connects to `url` (`nats://[user:password@]host:port`, several with commas) under a `name` that the server shows.
///
/// Unlike the client's defaults it looks for a lost server every quarter of a second instead of up to every four
/// seconds, and gives the connection an inbox prefix of its own (`_INBOX_<name>`), so that server permissions can
/// keep the replies of one service from another.
///
/// # Errors
/// When no server answers within five seconds.
pub async fn connect(url: &str, name: &str) -> Result<async_nats::Client, ConnectError> {
    let inbox: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let servers: Vec<async_nats::ServerAddr> = url
        .split(',')
        .map(|server| server.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(ConnectError::BadUrl)?;
    let client = async_nats::ConnectOptions::new()
        .name(name)
        .custom_inbox_prefix(format!("_INBOX_{inbox}"))
        .connection_timeout(Duration::from_secs(5))
        .ping_interval(Duration::from_secs(10))
        .reconnect_delay_callback(|attempt| {
            Duration::from_millis(if attempt < 2 { 20 } else { 250 })
        })
        .connect(servers)
        .await?;
    Ok(client)
}
