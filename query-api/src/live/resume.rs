//! Where a stream begins.

use axum::http::{HeaderMap, StatusCode};
use http_kit::Problem;
use jetstream_es::Position;
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use crate::{QueryApi, checkpoints::epoch_changed};

/// The id of the last message that the client has.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Resume {
    /// The id of the last message that the client has, for those that cannot send `Last-Event-ID`. The header wins.
    #[param(
        required = false,
        nullable = false,
        pattern = "^([0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}([.][0-9]{1,9})?)?$",
        example = "9f2c4e7a81b03d56-42"
    )]
    pub(crate) last_event_id: Option<String>,
}

/// What the client has already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct After {
    /// All commits up to this one.
    pub(crate) sequence: u64,
    /// And so many events of the next one.
    pub(crate) events: usize,
}

impl Resume {
    /// What the client has already; none if it does not say. 400 for nonsense, 409 for another history.
    pub(crate) async fn after(
        &self,
        api: &QueryApi,
        headers: &HeaderMap,
    ) -> Result<Option<After>, Problem> {
        let header = match headers.get("last-event-id") {
            Some(value) => Some(value.to_str().map_err(|_| wrong())?),
            None => None,
        };
        let said = [header, self.last_event_id.as_deref()];
        let Some(text) = said.into_iter().flatten().find(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let (position, after) = parse(text).ok_or_else(wrong)?;
        let log = &api.inner.log;
        if position.epoch != *log.epoch() {
            return Err(epoch_changed());
        }
        let last = timeout(api.inner.options.database_timeout, log.last_sequence()).await;
        match last {
            Ok(Ok(last)) if position.sequence <= last => Ok(Some(after)),
            // The log lost what the client has seen.
            Ok(Ok(_)) => Err(epoch_changed()),
            Ok(Err(_)) | Err(_) => Err(Problem::unavailable()),
        }
    }
}

/// `<epoch>-<sequence>` or, within a commit of several events, `<epoch>-<sequence>.<events>`.
fn parse(text: &str) -> Option<(Position, After)> {
    let (position, events) = match text.split_once('.') {
        Some((position, events)) => (position, Some(events.parse::<usize>().ok()?)),
        None => (text, None),
    };
    let position: Position = position.parse().ok()?;
    let after = match events {
        None => After {
            sequence: position.sequence,
            events: 0,
        },
        Some(events) => After {
            sequence: position.sequence.checked_sub(1)?,
            events,
        },
    };
    Some((position, after))
}

fn wrong() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-position",
        "The last event's id is wrong",
    )
    .detail("Send an id as it came with an event.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_the_client_has() {
        let after = |text| parse(text).map(|(_, after)| (after.sequence, after.events));
        assert_eq!(after("e1-7"), Some((7, 0)));
        assert_eq!(after("e1-7.2"), Some((6, 2)));
        for bad in [
            "", "7", "e1-", "e1-x", "e1-7.", "e1-7.x", "e1-0.1", "e1-7.1.1",
        ] {
            assert_eq!(after(bad), None, "{bad}");
        }
    }
}
