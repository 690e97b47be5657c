//! The settings of the stream: as wanted, and compared with what exists.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use async_nats::jetstream::stream::{
    Compression, Config, DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType,
};

use crate::config::{EventLogConfig, MAX_MESSAGE_BYTES};
use crate::position::Epoch;

/// Key of the epoch in the stream's metadata.
pub(crate) const EPOCH: &str = "es.epoch";

/// A setting of the existing stream that is not as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the setting in the server's API.
    pub setting: &'static str,
    /// What this crate would set.
    pub wanted: String,
    /// What the stream has.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} is {}, wanted {}",
            self.setting, self.found, self.wanted
        )
    }
}

/// The stream that this crate would make.
pub(crate) fn wanted(config: &EventLogConfig, subjects: String, epoch: &Epoch) -> Config {
    Config {
        name: config.stream.clone(),
        description: Some("Event log: one message is one commit. Never purge.".to_owned()),
        subjects: vec![subjects],
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        max_bytes: config.max_bytes,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_message_size: MAX_MESSAGE_BYTES,
        max_age: Duration::ZERO,
        num_replicas: config.replicas,
        duplicate_window: config.duplicate_window,
        allow_direct: true,
        deny_purge: true,
        metadata: HashMap::from([(EPOCH.to_owned(), epoch.to_string())]),
        ..Config::default()
    }
}

/// Everything in which `found` would not keep the promises of the log.
pub(crate) fn differences(wanted: &Config, found: &Config) -> Vec<Difference> {
    let mut list = Vec::new();
    let mut compare = |setting: &'static str, wanted: String, found: String| {
        if wanted != found {
            list.push(Difference {
                setting,
                wanted,
                found,
            });
        }
    };
    let limit = |value: i64| {
        if value <= 0 {
            "none".to_owned()
        } else {
            value.to_string()
        }
    };
    let yes = |value: bool| value.to_string();

    compare(
        "subjects",
        wanted.subjects.join(" "),
        found.subjects.join(" "),
    );
    compare(
        "storage",
        format!("{:?}", wanted.storage),
        format!("{:?}", found.storage),
    );
    compare(
        "retention",
        format!("{:?}", wanted.retention),
        format!("{:?}", found.retention),
    );
    compare(
        "discard",
        format!("{:?}", wanted.discard),
        format!("{:?}", found.discard),
    );
    compare("max_bytes", limit(wanted.max_bytes), limit(found.max_bytes));
    compare(
        "max_msgs",
        limit(wanted.max_messages),
        limit(found.max_messages),
    );
    compare(
        "max_msgs_per_subject",
        limit(wanted.max_messages_per_subject),
        limit(found.max_messages_per_subject),
    );
    compare(
        "max_msg_size",
        limit(wanted.max_message_size.into()),
        limit(found.max_message_size.into()),
    );
    compare(
        "max_age",
        format!("{:?}", wanted.max_age),
        format!("{:?}", found.max_age),
    );
    compare(
        "num_replicas",
        wanted.num_replicas.to_string(),
        found.num_replicas.to_string(),
    );
    compare(
        "duplicate_window",
        format!("{:?}", wanted.duplicate_window),
        format!("{:?}", found.duplicate_window),
    );
    compare(
        "allow_direct",
        yes(wanted.allow_direct),
        yes(found.allow_direct),
    );
    compare("deny_purge", yes(wanted.deny_purge), yes(found.deny_purge));
    compare(
        "allow_rollup_hdrs",
        yes(wanted.allow_rollup),
        yes(found.allow_rollup),
    );
    compare(
        "allow_msg_ttl",
        yes(wanted.allow_message_ttl),
        yes(found.allow_message_ttl),
    );
    compare(
        "allow_msg_counter",
        yes(wanted.allow_message_counter),
        yes(found.allow_message_counter),
    );
    compare(
        "allow_msg_schedules",
        yes(wanted.allow_message_schedules),
        yes(found.allow_message_schedules),
    );
    compare("no_ack", yes(wanted.no_ack), yes(found.no_ack));
    compare("sealed", yes(wanted.sealed), yes(found.sealed));
    compare(
        "compression",
        "false".to_owned(),
        yes(found.compression == Some(Compression::S2)),
    );
    compare(
        "persist_mode async",
        "false".to_owned(),
        yes(found.persist_mode == Some(PersistenceMode::Async)),
    );
    compare("mirror", "false".to_owned(), yes(found.mirror.is_some()));
    compare(
        "sources",
        "false".to_owned(),
        yes(found
            .sources
            .as_ref()
            .is_some_and(|sources| !sources.is_empty())),
    );
    compare(
        "subject_transform",
        "false".to_owned(),
        yes(found.subject_transform.is_some()),
    );
    compare(
        "metadata es.epoch",
        "present".to_owned(),
        epoch_state(found),
    );
    list
}

fn epoch_state(found: &Config) -> String {
    match epoch_of(found) {
        Some(_) => "present".to_owned(),
        None => "missing".to_owned(),
    }
}

/// The epoch in the stream's metadata.
pub(crate) fn epoch_of(config: &Config) -> Option<Epoch> {
    config.metadata.get(EPOCH)?.parse().ok()
}
