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
        allow_atomic_publish: true,
        deny_purge: true,
        metadata: HashMap::from([(EPOCH.to_owned(), epoch.to_string())]),
        ..Config::default()
    }
}

/// Everything in which `found` would not keep the promises of the log.
pub(crate) fn differences(wanted: &Config, found: &Config) -> Vec<Difference> {
    let pairs = described(wanted).into_iter().zip(described(found));
    pairs
        .filter(|((_, wanted), (_, found))| wanted != found)
        .map(|((setting, wanted), (_, found))| Difference {
            setting,
            wanted,
            found,
        })
        .collect()
}

/// The settings that matter, as text.
fn described(config: &Config) -> Vec<(&'static str, String)> {
    let limit = |value: i64| {
        if value <= 0 {
            "none".to_owned()
        } else {
            value.to_string()
        }
    };
    let sources = config
        .sources
        .as_ref()
        .is_some_and(|sources| !sources.is_empty());
    vec![
        ("subjects", config.subjects.join(" ")),
        ("storage", format!("{:?}", config.storage)),
        ("retention", format!("{:?}", config.retention)),
        ("discard", format!("{:?}", config.discard)),
        ("max_bytes", limit(config.max_bytes)),
        ("max_msgs", limit(config.max_messages)),
        (
            "max_msgs_per_subject",
            limit(config.max_messages_per_subject),
        ),
        ("max_msg_size", limit(config.max_message_size.into())),
        ("max_age", format!("{:?}", config.max_age)),
        ("num_replicas", config.num_replicas.to_string()),
        ("duplicate_window", format!("{:?}", config.duplicate_window)),
        ("allow_direct", config.allow_direct.to_string()),
        ("deny_purge", config.deny_purge.to_string()),
        ("allow_rollup_hdrs", config.allow_rollup.to_string()),
        ("allow_msg_ttl", config.allow_message_ttl.to_string()),
        (
            "allow_msg_counter",
            config.allow_message_counter.to_string(),
        ),
        (
            "allow_msg_schedules",
            config.allow_message_schedules.to_string(),
        ),
        ("no_ack", config.no_ack.to_string()),
        ("sealed", config.sealed.to_string()),
        (
            "compression",
            (config.compression == Some(Compression::S2)).to_string(),
        ),
        (
            "persist_mode async",
            (config.persist_mode == Some(PersistenceMode::Async)).to_string(),
        ),
        ("mirror", config.mirror.is_some().to_string()),
        ("sources", sources.to_string()),
        (
            "subject_transform",
            config.subject_transform.is_some().to_string(),
        ),
        ("metadata es.epoch", epoch_state(config)),
    ]
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
