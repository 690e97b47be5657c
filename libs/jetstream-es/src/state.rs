//! An aggregate as far as its history is known.

use std::collections::VecDeque;

use cqrs_es::Aggregate;
use sha2::{Digest, Sha256};

use crate::commit::Commit;
use crate::error::{CorruptLog, LogError};
use crate::log::EventLog;
use crate::snapshot::SnapshotOptions;

/// Command ids that are remembered per aggregate: 256 KiB at most. Beyond, the log itself is searched.
const REMEMBERED_COMMANDS: usize = 16_384;

/// A folded history.
#[derive(Clone, Debug)]
pub(crate) struct State<A> {
    pub(crate) aggregate: A,
    /// Events folded so far.
    pub(crate) version: u64,
    /// Sequence of the last commit folded; 0 for none.
    pub(crate) last: u64,
    /// Of that commit.
    pub(crate) fingerprint: [u8; 32],
    commands: CommandIds,
}

impl<A: Aggregate> State<A> {
    pub(crate) fn empty() -> Self {
        Self {
            aggregate: A::default(),
            version: 0,
            last: 0,
            fingerprint: [0; 32],
            commands: CommandIds::default(),
        }
    }

    /// What a snapshot holds; `None` when it cannot be what this crate wrote.
    pub(crate) fn restored(
        aggregate: A,
        (version, last): (u64, u64),
        fingerprint: &str,
        (commands, forgot): (&[String], bool),
    ) -> Option<Self> {
        let fingerprint = hex::decode(fingerprint).ok()?;
        let newest = commands
            .iter()
            .map(|id| u128::from_str_radix(id, 16).ok())
            .collect::<Option<VecDeque<u128>>>()?;
        (last > 0 && version > 0).then_some(Self {
            aggregate,
            version,
            last,
            fingerprint: fingerprint.try_into().ok()?,
            commands: CommandIds { newest, forgot },
        })
    }

    /// The hashes of the command ids that it remembers, and whether it forgot older ones.
    pub(crate) fn commands(&self) -> (Vec<String>, bool) {
        let newest = self.commands.newest.iter();
        let hashes = newest.map(|hash| format!("{hash:x}")).collect();
        (hashes, self.commands.forgot)
    }

    /// Reads the history from where this state stands, or from its snapshot. Answers whether there was anything new.
    pub(crate) async fn catch_up(
        &mut self,
        log: &EventLog,
        subject: &str,
        snapshots: Option<&SnapshotOptions>,
    ) -> Result<bool, LogError> {
        if self.last == 0
            && let Some(snapshots) = snapshots
            && let Some(restored) = snapshots.load(log, subject).await
            && let Some(confirmed) = restored.confirmed(log, subject).await?
        {
            *self = confirmed;
            return Ok(true);
        }
        let commits = log.read_subject(subject, self.last).await?;
        for commit in &commits {
            self.fold(commit)?;
        }
        Ok(!commits.is_empty())
    }

    /// A snapshot with everything that came after it; `None` when the log holds something else where it stands.
    async fn confirmed(mut self, log: &EventLog, subject: &str) -> Result<Option<Self>, LogError> {
        let commits = log.read_subject(subject, self.last - 1).await?;
        let mut commits = commits.iter();
        let stands = commits.next().is_some_and(|commit| {
            commit.position.sequence == self.last && commit.fingerprint == self.fingerprint
        });
        if !stands {
            return Ok(None);
        }
        for commit in commits {
            self.fold(commit)?;
        }
        Ok(Some(self))
    }

    /// The history from the start, as long as the next commit, by its sequence, is wanted.
    pub(crate) async fn up_to(
        log: &EventLog,
        subject: &str,
        wanted: impl Fn(&Self, u64) -> bool,
    ) -> Result<Self, LogError> {
        let mut state = Self::empty();
        for commit in &log.read_subject(subject, 0).await? {
            if !wanted(&state, commit.position.sequence) {
                break;
            }
            state.fold(commit)?;
        }
        Ok(state)
    }

    fn fold(&mut self, commit: &Commit) -> Result<(), CorruptLog> {
        if let Some(why) = &commit.malformed {
            return Err(commit.corrupt(why.as_str()));
        }
        if commit.from_version != self.version + 1 {
            let detail = format!(
                "its first event has version {}, after {}",
                commit.from_version, self.version
            );
            return Err(commit.corrupt(detail));
        }
        let events = commit
            .decode::<A>()
            .map_err(|error| commit.corrupt(format!("{error}: {}", error.source)))?;
        for event in events {
            self.aggregate.apply(event);
        }
        let position = (commit.position.sequence, commit.fingerprint);
        self.advance(position, commit.events.len(), &commit.command_id);
        Ok(())
    }

    /// Notes a commit whose events the aggregate has already applied.
    pub(crate) fn advance(
        &mut self,
        (sequence, fingerprint): (u64, [u8; 32]),
        events: usize,
        command_id: &str,
    ) {
        self.version += events as u64;
        self.last = sequence;
        self.fingerprint = fingerprint;
        self.commands.remember(command_id);
    }

    /// Whether a commit of this history has this command id.
    pub(crate) async fn has_seen(
        &self,
        command_id: &str,
        log: &EventLog,
        subject: &str,
    ) -> Result<bool, LogError> {
        if self.commands.contains(command_id) {
            return Ok(true);
        }
        if !self.commands.forgot {
            return Ok(false);
        }
        let commits = log.read_subject(subject, 0).await?;
        Ok(commits.iter().any(|commit| commit.command_id == command_id))
    }
}

/// The newest command ids of an aggregate, as 128 bits of their hash.
#[derive(Clone, Debug, Default)]
struct CommandIds {
    newest: VecDeque<u128>,
    forgot: bool,
}

impl CommandIds {
    fn remember(&mut self, command_id: &str) {
        if self.newest.len() == REMEMBERED_COMMANDS {
            self.newest.pop_front();
            self.forgot = true;
        }
        self.newest.push_back(hash(command_id));
    }

    fn contains(&self, command_id: &str) -> bool {
        self.newest.contains(&hash(command_id))
    }
}

fn hash(command_id: &str) -> u128 {
    let digest = Sha256::digest(command_id.as_bytes());
    digest
        .iter()
        .take(16)
        .fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_commands_is_bounded_and_knows_that_it_forgot() {
        let mut ids = CommandIds::default();
        for number in 0..=REMEMBERED_COMMANDS {
            assert!(!ids.forgot);
            ids.remember(&number.to_string());
        }
        assert!(ids.forgot);
        assert!(!ids.contains("0"));
        assert!(ids.contains("1"));
        assert_eq!(ids.newest.len(), REMEMBERED_COMMANDS);
    }
}
