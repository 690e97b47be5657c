//! The hash chain: each message with the hash of the one before it.

use jetstream_es::RawMessage;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// What stands before the first message.
pub(crate) const START: [u8; 32] = [0; 32];

/// A message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) sequence: i64,
    pub(crate) subject: String,
    /// A JSON array of [name, value].
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
    pub(crate) stored_ns: Option<i64>,
    pub(crate) prev_hash: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

impl Link {
    /// Chains a message of the log behind the one with `prev_hash`.
    pub(crate) fn of(sequence: i64, message: &RawMessage, prev_hash: &[u8]) -> Self {
        let nanoseconds = message.stored.map(OffsetDateTime::unix_timestamp_nanos);
        let mut link = Self {
            sequence,
            subject: message.subject.clone(),
            // Pairs of strings always serialise.
            headers: serde_json::to_string(&message.headers).unwrap_or_default(),
            body: message.body.to_vec(),
            stored_ns: nanoseconds.and_then(|nanoseconds| i64::try_from(nanoseconds).ok()),
            prev_hash: prev_hash.to_vec(),
            hash: Vec::new(),
        };
        link.hash = link.computed();
        link
    }

    /// SHA-256 over all fields, each with its length, so that no two messages have the same bytes.
    pub(crate) fn computed(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.sequence.to_be_bytes());
        for field in [
            self.subject.as_bytes(),
            self.headers.as_bytes(),
            &self.body,
            &self
                .stored_ns
                .map(i64::to_be_bytes)
                .map_or(Vec::new(), Vec::from),
            &self.prev_hash,
        ] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        hash.finalize().to_vec()
    }

    /// As a checkpoint knows the commit.
    pub(crate) fn fingerprint(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.subject.as_bytes());
        hash.update(b"\n");
        hash.update(&self.body);
        hash.finalize().to_vec()
    }

    /// The message again; nothing when the headers are none.
    pub(crate) fn message(self) -> Option<RawMessage> {
        let stored = self.stored_ns.map(i128::from);
        Some(RawMessage {
            headers: serde_json::from_str(&self.headers).ok()?,
            subject: self.subject,
            body: self.body.into(),
            stored: stored
                .and_then(|stored| OffsetDateTime::from_unix_timestamp_nanos(stored).ok()),
        })
    }

    /// Whether the log's message is this one. A restored log has other times and other headers of the server.
    pub(crate) fn is_of(&self, message: &RawMessage) -> bool {
        let ours = |headers: &[(String, String)]| -> Vec<(String, String)> {
            headers
                .iter()
                .filter(|(name, _)| !name.starts_with("Nats-"))
                .cloned()
                .collect()
        };
        let headers = serde_json::from_str::<Vec<(String, String)>>(&self.headers);
        self.subject == message.subject
            && self.body == message.body
            && headers.is_ok_and(|headers| ours(&headers) == ours(&message.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        let message = RawMessage {
            subject: "drape.events.a.b".to_owned(),
            headers: vec![("Drape-Actor".to_owned(), "ann".to_owned())],
            body: "{}".into(),
            stored: Some(OffsetDateTime::UNIX_EPOCH),
        };
        Link::of(1, &message, &START)
    }

    #[test]
    fn every_field_is_under_the_hash() {
        let whole = link();
        assert_eq!(whole.hash, whole.computed());
        let changes: [fn(&mut Link); 6] = [
            |link| link.sequence = 2,
            |link| link.subject.push('x'),
            |link| link.headers = "[]".to_owned(),
            |link| link.body.push(b' '),
            |link| link.stored_ns = None,
            |link| link.prev_hash = vec![1; 32],
        ];
        for change in changes {
            let mut other = whole.clone();
            change(&mut other);
            assert_ne!(other.computed(), whole.hash, "{other:?}");
        }
    }

    #[test]
    fn a_message_comes_back_whole() {
        let whole = link();
        let message = whole.clone().message().unwrap();
        assert!(whole.is_of(&message));
        assert_eq!(Link::of(1, &message, &START), whole);
    }
}
