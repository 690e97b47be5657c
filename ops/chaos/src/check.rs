//! The checker: history, log, views and what live clients were told, held against each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    fold::{VIEWS, fold},
    history::{Operation, Record, operations},
    observed::{Documents, LogEntry, Place, places},
};

/// All that a run left behind.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// What the clients did and heard.
    pub history: Vec<Record>,
    /// The log, as the server holds it.
    pub log: Vec<LogEntry>,
    /// The views.
    pub views: Documents,
    /// What each live client was told.
    pub watchers: Vec<Watcher>,
    /// Commits that a person decided to leave out of the views.
    pub discarded: BTreeSet<u64>,
}

/// What a client that may see everything was told, from the beginning of the log on.
#[derive(Debug, Clone, Default)]
pub struct Watcher {
    /// Who.
    pub name: String,
    /// The events' places, as they came.
    pub places: Vec<Place>,
}

/// Which promise was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// What was acknowledged is in the log.
    Lost,
    /// A command is in the log once.
    Doubled,
    /// What was refused is not in the log.
    RefusedButStored,
    /// What began after another was acknowledged stands behind it in the log.
    Reordered,
    /// The versions of an aggregate have no gap and no double; nor have the sequences of the log.
    Versions,
    /// A view shows what the log says.
    View,
    /// A try-on ends once.
    TryOnEnd,
    /// A live client is told of everything, in order, once.
    Watcher,
}

/// A promise that was not kept, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise.
    pub promise: Promise,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.promise, self.found)
    }
}

fn broken(promise: Promise, found: impl Into<String>) -> Violation {
    Violation {
        promise,
        found: found.into(),
    }
}

/// Everything that is wrong; empty when all promises were kept.
pub fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = check_commands(evidence);
    found.extend(check_sequences(&evidence.log, &evidence.discarded));
    found.extend(check_try_ons(&evidence.log));
    found.extend(check_views(evidence));
    let expected = places(&evidence.log);
    for watcher in &evidence.watchers {
        found.extend(check_watcher(watcher, &expected));
    }
    found
}

/// Acknowledged once, refused never, and in the order in which they were acknowledged.
pub fn check_commands(evidence: &Evidence) -> Vec<Violation> {
    let operations = operations(&evidence.history);
    let mut stored: BTreeMap<&str, Vec<&LogEntry>> = BTreeMap::new();
    let mut commands: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut found = vec![];
    for entry in &evidence.log {
        if let Some(correlation) = &entry.correlation_id {
            stored.entry(correlation).or_default().push(entry);
        }
        let command = (entry.aggregate_id.as_str(), entry.command_id.as_str());
        if let Some(before) = commands.insert(command, entry.sequence) {
            let at = format!(
                "command {command:?} is at {before} and at {}",
                entry.sequence
            );
            found.push(broken(Promise::Doubled, at));
        }
    }
    for (name, operation) in &operations {
        let entries = stored.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        found.extend(check_operation(name, operation, entries));
    }
    found.extend(check_order(&operations, &stored));
    found
}

fn check_operation(name: &str, operation: &Operation, entries: &[&LogEntry]) -> Vec<Violation> {
    let at: Vec<u64> = entries.iter().map(|entry| entry.sequence).collect();
    let mut found = vec![];
    if entries.len() > 1 {
        found.push(broken(Promise::Doubled, format!("{name} is at {at:?}")));
    }
    if operation.refused && operation.acknowledged.is_none() && !entries.is_empty() {
        let said = format!("{name} was refused and is at {at:?}");
        found.push(broken(Promise::RefusedButStored, said));
    }
    let Some((_, sequence)) = operation.acknowledged else {
        return found;
    };
    let Some(entry) = entries.first() else {
        let said = format!(
            "{name} ({}) was acknowledged and is not in the log",
            operation.kind
        );
        found.push(broken(Promise::Lost, said));
        return found;
    };
    // A repeated command hears where its aggregate stands now, which may be later.
    if sequence.is_some_and(|sequence| sequence < entry.sequence) {
        let said = format!("{name} was told {sequence:?} and is at {}", entry.sequence);
        found.push(broken(Promise::Reordered, said));
    }
    if operation
        .id
        .as_ref()
        .is_some_and(|id| *id != entry.aggregate_id)
    {
        let said = format!(
            "{name} is about {:?}, its commit about {}",
            operation.id, entry.aggregate_id
        );
        found.push(broken(Promise::Lost, said));
    }
    found
}

/// Real time: whatever was sent after the acknowledgement of another stands behind it.
fn check_order(
    operations: &BTreeMap<String, Operation>,
    stored: &BTreeMap<&str, Vec<&LogEntry>>,
) -> Vec<Violation> {
    let mut begun = vec![];
    let mut ended = vec![];
    for (name, operation) in operations {
        let Some([entry, ..]) = stored.get(name.as_str()).map(Vec::as_slice) else {
            continue;
        };
        begun.push((operation.invoked_us, entry.sequence, name));
        if let Some((at, _)) = operation.acknowledged {
            ended.push((at, entry.sequence));
        }
    }
    begun.sort_unstable();
    ended.sort_unstable();
    let (mut found, mut highest, mut next) = (vec![], 0, 0);
    for (invoked, sequence, name) in begun {
        while let Some((_, before)) = ended.get(next).filter(|(at, _)| *at < invoked) {
            highest = highest.max(*before);
            next += 1;
        }
        if sequence < highest {
            let said =
                format!("{name} is at {sequence}, but began after {highest} was acknowledged");
            found.push(broken(Promise::Reordered, said));
        }
    }
    found
}

fn check_sequences(log: &[LogEntry], discarded: &BTreeSet<u64>) -> Vec<Violation> {
    let mut versions: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let (mut found, mut last) = (vec![], 0);
    for entry in log {
        if entry.sequence != last + 1 {
            let said = format!("sequence {} follows on {last}", entry.sequence);
            found.push(broken(Promise::Versions, said));
        }
        last = entry.sequence;
        let aggregate = (entry.aggregate_type.as_str(), entry.aggregate_id.as_str());
        let version = versions.entry(aggregate).or_default();
        // Whoever discarded it knows that it is none.
        let is_commit = entry.from_version > 0 || !discarded.contains(&last);
        if !is_commit {
            *version += 1;
            continue;
        }
        if entry.from_version != *version + 1 {
            let said = format!(
                "{aggregate:?} goes from {version} to {} at {last}",
                entry.from_version
            );
            found.push(broken(Promise::Versions, said));
        }
        *version = (entry.from_version + entry.events.len() as u64).saturating_sub(1);
    }
    found
}

fn check_try_ons(log: &[LogEntry]) -> Vec<Violation> {
    const ENDS: [&str; 3] = ["TryOnSucceeded", "TryOnFailed", "TryOnCancelled"];
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in log
        .iter()
        .filter(|entry| entry.aggregate_type == "tryon.session")
    {
        let count = ends.entry(&entry.aggregate_id).or_default();
        *count += entry
            .events
            .iter()
            .filter(|(name, _)| ENDS.contains(&name.as_str()))
            .count();
    }
    ends.into_iter()
        .filter(|(_, count)| *count != 1)
        .map(|(session, count)| broken(Promise::TryOnEnd, format!("{session} ends {count} times")))
        .collect()
}

fn check_views(evidence: &Evidence) -> Vec<Violation> {
    let kept = |entry: &&LogEntry| !evidence.discarded.contains(&entry.sequence);
    let expected = match fold(evidence.log.iter().filter(kept)) {
        Ok(expected) => expected,
        Err(error) => return vec![broken(Promise::Versions, format!("{error:#}"))],
    };
    let mut found = vec![];
    for (key, wanted) in &expected {
        match evidence.views.get(key) {
            None => found.push(broken(Promise::View, format!("{key:?} is missing"))),
            Some(shown) if shown != wanted => {
                let said = format!("{key:?} shows {shown}, the log says {wanted}");
                found.push(broken(Promise::View, said));
            }
            Some(_) => {}
        }
    }
    let invented = evidence
        .views
        .keys()
        .filter(|key| VIEWS.contains(&key.0.as_str()) && !expected.contains_key(*key));
    found.extend(invented.map(|key| broken(Promise::View, format!("{key:?} is not in the log"))));
    found
}

fn check_watcher(watcher: &Watcher, expected: &[Place]) -> Vec<Violation> {
    let name = &watcher.name;
    for pair in watcher.places.windows(2) {
        if pair[1] <= pair[0] {
            let said = format!("{name} was told {:?} after {:?}", pair[1], pair[0]);
            return vec![broken(Promise::Watcher, said)];
        }
    }
    if watcher.places == expected {
        return vec![];
    }
    let differs = watcher
        .places
        .iter()
        .zip(expected)
        .position(|(told, wanted)| told != wanted);
    let index = differs.unwrap_or(watcher.places.len().min(expected.len()));
    let said = format!(
        "{name} was told {} of {} events; number {index} is {:?}, wanted {:?}",
        watcher.places.len(),
        expected.len(),
        watcher.places.get(index),
        expected.get(index)
    );
    vec![broken(Promise::Watcher, said)]
}
