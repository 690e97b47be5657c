//! A client connection with the settings that this crate's promises are measured with.

use std::time::Duration;

use async_nats::{ReconnectToServer, Server};

/// A server that stands still keeps its connections: it is noticed after three of these without an answer.
const PING: Duration = Duration::from_secs(2);

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

/// Connects to `url` (`nats://[user:password@]host:port`, several with commas) under a `name` that the server shows. The first user that
/// is named is who comes to all of them; what an address cannot hold stands there as `%40`.
///
/// Unlike the client's defaults it notices a server that stands still within six seconds instead of three minutes, looks
/// for a lost one every quarter of a second instead of up to every four seconds, at another of several first, and gives the connection an inbox prefix of its own (`_INBOX_<name>`), so that server permissions can
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
    // The client library reads them out of no address by itself.
    let options = match servers.iter().find_map(credentials) {
        Some((user, password)) => {
            async_nats::ConnectOptions::with_user_and_password(user, password)
        }
        None => async_nats::ConnectOptions::new(),
    };
    let client = options
        .name(name)
        .custom_inbox_prefix(format!("_INBOX_{inbox}"))
        .connection_timeout(Duration::from_secs(5))
        .ping_interval(PING)
        .reconnect_delay_callback(|attempt| {
            Duration::from_millis(if attempt < 2 { 20 } else { 250 })
        })
        .reconnect_to_server_callback(|servers, left| async move { another(&servers, &left) })
        .connect(servers)
        .await?;
    Ok(client)
}

/// What stands before the `@` of an address.
fn credentials(server: &async_nats::ServerAddr) -> Option<(String, String)> {
    let decoded = |text: &str| {
        let text = percent_encoding::percent_decode_str(text);
        text.decode_utf8_lossy().into_owned()
    };
    let user = server.username()?;
    let password = server.password().unwrap_or_default();
    Some((decoded(user), decoded(password)))
}

/// The server to try next. `None` leaves it to the client library.
fn another(servers: &[Server], left: &async_nats::ServerInfo) -> Option<ReconnectToServer> {
    // Not for the first connection: all processes would begin with the same one.
    if left.server_id.is_empty() {
        return None;
    }
    let is_left =
        |server: &Server| server.addr.host() == left.host && server.addr.port() == left.port;
    let failures: Vec<usize> = servers
        .iter()
        .map(|server| server.failed_attempts)
        .collect();
    let next = servers.get(next(&failures, servers.iter().position(is_left))?)?;
    Some(ReconnectToServer {
        addr: next.addr.clone(),
        delay: None,
    })
}

/// Of the servers that failed least the first one behind the one that was left, which comes last itself: so all are tried
/// before any is tried again.
fn next(failures: &[usize], left: Option<usize>) -> Option<usize> {
    let count = failures.len();
    let behind = |number: usize| (number + 2 * count - left.unwrap_or(0) - 1) % count;
    (0..count).min_by_key(|number| (failures[*number], behind(*number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_and_a_password_are_taken_from_the_address() {
        let of = |url: &str| credentials(&url.parse().unwrap());
        let both = Some(("drape".to_owned(), "p@ss/word".to_owned()));
        assert_eq!(of("nats://drape:p%40ss%2Fword@localhost:4222"), both);
        assert_eq!(of("nats://drape@localhost").unwrap().1, "");
        assert_eq!(of("nats://localhost:4222"), None);
    }

    #[test]
    fn each_server_is_tried_before_one_is_tried_again() {
        assert_eq!(next(&[0, 0, 0], Some(0)), Some(1));
        assert_eq!(next(&[0, 0, 0], Some(1)), Some(2));
        assert_eq!(next(&[0, 0, 0], Some(2)), Some(0));
        assert_eq!(next(&[0, 1, 0], Some(0)), Some(2), "one is away");
        assert_eq!(next(&[0, 1, 1], Some(0)), Some(0), "the others are away");
        assert_eq!(next(&[3], Some(0)), Some(0));
        assert_eq!(next(&[], None), None);
    }
}
