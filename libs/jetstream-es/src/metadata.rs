//! Who asked for a commit and why: the headers beside the events.

use std::collections::HashMap;

use async_nats::HeaderMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::InvalidId;

pub(crate) const COMMAND: &str = "Es-Command";
pub(crate) const CORRELATION: &str = "Es-Correlation";
pub(crate) const CAUSATION: &str = "Es-Causation";
pub(crate) const ACTOR: &str = "Es-Actor";
pub(crate) const TIME: &str = "Es-Time";
pub(crate) const TYPES: &str = "Es-Types";
/// SHA-256 of subject, line feed and body, in hex.
pub(crate) const CHECKSUM: &str = "Es-Checksum";
/// Hash of the request behind the command.
pub(crate) const REQUEST: &str = "Es-Request";
pub(crate) const TRACEPARENT: &str = "traceparent";

const TEXT_RULE: &str = "1 to 200 visible ASCII characters";

/// Who gives a command and under which id. The id is what makes a repeated command harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandContext {
    /// Unique per aggregate and command; a repeat of the same command carries the same id. 1 to 200 visible ASCII
    /// characters.
    pub command_id: String,
    /// Opaque id of who asked.
    pub actor: Option<String>,
    /// Shared by everything that one request set off.
    pub correlation_id: Option<String>,
    /// The event or command that led to this one.
    pub causation_id: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// A hash of the request. A command id that comes again with another one is refused: two requests share an id.
    pub request_hash: Option<String>,
}

impl CommandContext {
    /// A context with a command id and nothing else.
    pub fn new(command_id: impl Into<String>) -> Self {
        Self {
            command_id: command_id.into(),
            ..Self::default()
        }
    }

    /// With the opaque id of who asked.
    #[must_use]
    pub fn with_actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// With the id that everything set off by one request shares.
    #[must_use]
    pub fn with_correlation_id(mut self, id: impl Into<String>) -> Self {
        self.correlation_id = Some(id.into());
        self
    }

    /// With the id of what led to this command.
    #[must_use]
    pub fn with_causation_id(mut self, id: impl Into<String>) -> Self {
        self.causation_id = Some(id.into());
        self
    }

    /// With a W3C trace context.
    #[must_use]
    pub fn with_traceparent(mut self, traceparent: impl Into<String>) -> Self {
        self.traceparent = Some(traceparent.into());
        self
    }

    /// With a hash of the request that the command came in.
    #[must_use]
    pub fn with_request_hash(mut self, hash: impl Into<String>) -> Self {
        self.request_hash = Some(hash.into());
        self
    }

    /// The context that cqrs-es carries as a map.
    pub(crate) fn from_map(map: &HashMap<String, String>) -> Option<Self> {
        let get = |key: &str| map.get(key).cloned();
        Some(Self {
            command_id: get("command_id")?,
            actor: get("actor"),
            correlation_id: get("correlation_id"),
            causation_id: get("causation_id"),
            traceparent: get("traceparent"),
            request_hash: get("request_hash"),
        })
    }

    /// Refuses what cannot be a header value.
    pub(crate) fn check(&self) -> Result<(), InvalidId> {
        check_text("command id", &self.command_id)?;
        for (what, value) in [
            ("actor", &self.actor),
            ("correlation id", &self.correlation_id),
            ("causation id", &self.causation_id),
            ("traceparent", &self.traceparent),
            ("request hash", &self.request_hash),
        ] {
            if let Some(value) = value {
                check_text(what, value)?;
            }
        }
        Ok(())
    }

    /// Writes the context into headers. Only after [`CommandContext::check`].
    pub(crate) fn write(&self, headers: &mut HeaderMap, time: OffsetDateTime) {
        headers.insert(COMMAND, self.command_id.as_str());
        for (name, value) in [
            (ACTOR, &self.actor),
            (CORRELATION, &self.correlation_id),
            (CAUSATION, &self.causation_id),
            (TRACEPARENT, &self.traceparent),
            (REQUEST, &self.request_hash),
        ] {
            if let Some(value) = value {
                headers.insert(name, value.as_str());
            }
        }
        if let Ok(time) = time.format(&Rfc3339) {
            headers.insert(TIME, time);
        }
    }
}

fn check_text(what: &'static str, text: &str) -> Result<(), InvalidId> {
    let good = (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if good {
        Ok(())
    } else {
        Err(InvalidId::new(what, TEXT_RULE, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_would_break_the_headers_is_refused() {
        for text in ["", "a\r\nNats-Rollup: all", "ä", &"x".repeat(201)] {
            assert!(CommandContext::new(text).check().is_err(), "{text:?}");
            assert!(
                CommandContext::new("c").with_actor(text).check().is_err(),
                "{text:?}"
            );
        }
        assert!(CommandContext::new("c-1").with_actor("a").check().is_ok());
    }
}
