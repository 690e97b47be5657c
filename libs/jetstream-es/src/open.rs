//! The start-up gate: refuses a server or a stream on which the promises would not hold.

use std::time::Duration;

use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::{self, ErrorCode};
use tracing::{info, warn};

use crate::config::EventLogConfig;
use crate::error::{InvalidId, LogError, OpenError};
use crate::log::EventLog;
use crate::monitor;
use crate::position::Epoch;
use crate::settings::{differences, epoch_of, wanted};
use crate::subject::Subjects;

/// Before it, atomic batches and expectations are wrong in ways that lose or double events.
const OLDEST_SERVER: &str = "2.14.4";
const OLDEST: (u64, u64, u64) = (2, 14, 4);

/// How long one request to the server may take.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) async fn open(
    client: async_nats::Client,
    config: EventLogConfig,
) -> Result<EventLog, OpenError> {
    let subjects = Subjects::new(&config.subject_prefix)?;
    let good_name = config
        .stream
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if config.stream.is_empty() || config.stream.len() > 64 || !good_name {
        return Err(
            InvalidId::new("stream name", "1 to 64 of A-Z a-z 0-9 _ -", &config.stream).into(),
        );
    }
    check_version(&client.server_info().version)?;
    check_sync(&config).await?;

    let mut context = jetstream::new(client.clone());
    context.set_timeout(REQUEST_TIMEOUT);
    let wanted = wanted(&config, subjects.all(), &Epoch::random());
    let found = find_or_create(&context, &wanted)
        .await
        .map_err(OpenError::Log)?;
    let differences = differences(&wanted, &found);
    match epoch_of(&found) {
        Some(epoch) if differences.is_empty() => {
            info!(stream = %config.stream, %epoch, "opened event log {} in epoch {epoch}", config.stream);
            let batches = found.allow_atomic_publish;
            if !batches {
                warn!(
                    stream = %config.stream,
                    "many writers are slow: the stream {} takes no batches; set its allow_atomic", config.stream
                );
            }
            Ok(EventLog::new(
                client,
                context,
                &config,
                subjects,
                (epoch, batches),
            ))
        }
        _ => Err(OpenError::OtherSettings {
            stream: config.stream,
            differences,
        }),
    }
}

fn check_version(announced: &str) -> Result<(), OpenError> {
    let release = announced.split(['-', '+']).next().unwrap_or_default();
    let mut numbers = release.split('.').map(|part| part.parse::<u64>().ok());
    let mut next = || numbers.next().flatten();
    match (next(), next(), next()) {
        (Some(major), Some(minor), Some(patch)) if (major, minor, patch) >= OLDEST => Ok(()),
        _ => Err(OpenError::ServerTooOld {
            found: announced.to_owned(),
            needed: OLDEST_SERVER,
        }),
    }
}

async fn check_sync(config: &EventLogConfig) -> Result<(), OpenError> {
    let unsafe_because = match &config.monitor_url {
        Some(url) => match monitor::sync_always(url).await {
            Ok(true) => return Ok(()),
            Ok(false) => format!("{url}/varz shows jetstream.config.sync_always off"),
            Err(error) if config.allow_unsafe_sync => error.to_string(),
            Err(error) => return Err(error),
        },
        None => "there is no monitoring address to see the setting".to_owned(),
    };
    if config.allow_unsafe_sync {
        warn!(
            stream = %config.stream,
            "UNSAFE: acknowledged events can be lost in a power cut, because {unsafe_because} and the check is off"
        );
        return Ok(());
    }
    Err(OpenError::UnsafeSync {
        detail: unsafe_because,
    })
}

/// The settings of the stream, made now if it did not exist. Two processes may do this at once.
async fn find_or_create(
    context: &jetstream::Context,
    wanted: &jetstream::stream::Config,
) -> Result<jetstream::stream::Config, LogError> {
    const DOING: &str = "opening the stream";
    for _ in 0..3 {
        match context.get_stream(&wanted.name).await {
            Ok(stream) => return Ok(stream.cached_info().config.clone()),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(refusal)
                    if refusal.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
                GetStreamErrorKind::JetStream(refusal) => {
                    return Err(LogError::refused(DOING, &refusal));
                }
                GetStreamErrorKind::EmptyName
                | GetStreamErrorKind::Request
                | GetStreamErrorKind::InvalidStreamName => {
                    return Err(LogError::client(DOING, error));
                }
            },
        }
        if let Err(error) = context.create_stream(wanted.clone()).await {
            if let CreateStreamErrorKind::JetStream(refusal) = error.kind() {
                if refusal.error_code() != ErrorCode::STREAM_NAME_EXIST {
                    return Err(LogError::refused("creating the stream", &refusal));
                }
            } else {
                return Err(LogError::client("creating the stream", error));
            }
        }
    }
    Err(LogError::TimedOut { doing: DOING })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_that_keep_the_promises_are_accepted() {
        for good in [
            "2.14.4",
            "2.14.10",
            "2.15.0",
            "2.15.1-RC.2",
            "3.0.0",
            "2.15.0-dev+abc",
        ] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        for bad in ["2.9.10", "2.14.3", "2.10.29", "", "latest", "2.15"] {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }
}
