//! What the clients did and heard: invoke, then ok, fail or unknown; kept in memory and written line by line to a file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// What a client knows of one of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It was sent.
    Invoke,
    /// It was acknowledged.
    Ok,
    /// It was refused for good: nothing of it may be in the log.
    Fail,
    /// No answer, or one that promises nothing: it may be in the log or not.
    Unknown,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Microseconds since the run began.
    pub at_us: u64,
    /// Which command; the same again when it is repeated. The log keeps it as the correlation id.
    pub operation: String,
    /// `add`, `price`, `retire`, `try-on`, …
    pub kind: String,
    /// What is known of it now.
    pub phase: Phase,
    /// The thing that it is about, once known.
    pub id: Option<String>,
    /// The sequence in the acknowledged position.
    pub sequence: Option<u64>,
    /// The HTTP status, or what went wrong.
    pub detail: String,
}

/// All records of a run; clones write to the same.
#[derive(Debug, Clone)]
pub struct History {
    path: PathBuf,
    began: Instant,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    records: Vec<Record>,
    file: BufWriter<File>,
    in_flight: BTreeMap<String, u64>,
    highest: u64,
}

impl History {
    /// A new history in this file.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let inner = Inner {
            records: vec![],
            file: BufWriter::new(file),
            in_flight: BTreeMap::new(),
            highest: 0,
        };
        Ok(Self {
            path: path.to_owned(),
            began: Instant::now(),
            inner: Arc::new(Mutex::new(inner)),
        })
    }

    /// The file in which it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Microseconds since the run began.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Notes what became of an operation.
    pub fn note(
        &self,
        operation: &str,
        kind: &str,
        phase: Phase,
        (id, sequence): (Option<String>, Option<u64>),
        detail: impl Into<String>,
    ) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let record = Record {
            // Inside the lock, so that the records are in the order of their times.
            at_us: self.now_us(),
            operation: operation.to_owned(),
            kind: kind.to_owned(),
            phase,
            id,
            sequence,
            detail: detail.into(),
        };
        match phase {
            Phase::Invoke => {
                inner.in_flight.insert(operation.to_owned(), record.at_us);
            }
            Phase::Ok | Phase::Fail | Phase::Unknown => {
                inner.in_flight.remove(operation);
                inner.highest = inner.highest.max(record.sequence.unwrap_or_default());
            }
        }
        if let Ok(line) = serde_json::to_string(&record) {
            // A full disk must not end the run: the checker works on the copy in memory.
            let _ = writeln!(inner.file, "{line}");
        }
        inner.records.push(record);
    }

    /// How many requests wait for their answer at this moment.
    pub fn in_flight(&self) -> usize {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.in_flight.len()
    }

    /// The highest sequence that was acknowledged.
    pub fn highest(&self) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.highest
    }

    /// Everything so far.
    pub fn records(&self) -> Vec<Record> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = inner.file.flush();
        inner.records.clone()
    }
}

/// What a history says of one operation in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// `add`, `price`, …
    pub kind: String,
    /// When it was first sent.
    pub invoked_us: u64,
    /// When and with which sequence it was acknowledged.
    pub acknowledged: Option<(u64, Option<u64>)>,
    /// Refused for good.
    pub refused: bool,
    /// The thing that it is about.
    pub id: Option<String>,
}

/// The operations of a history.
pub fn operations(records: &[Record]) -> BTreeMap<String, Operation> {
    let mut operations: BTreeMap<String, Operation> = BTreeMap::new();
    for record in records {
        let operation = operations
            .entry(record.operation.clone())
            .or_insert_with(|| Operation {
                kind: record.kind.clone(),
                invoked_us: record.at_us,
                acknowledged: None,
                refused: false,
                id: None,
            });
        if record.id.is_some() {
            operation.id.clone_from(&record.id);
        }
        match record.phase {
            Phase::Ok => operation.acknowledged = Some((record.at_us, record.sequence)),
            Phase::Fail => operation.refused = true,
            Phase::Invoke | Phase::Unknown => {}
        }
    }
    operations
}

/// The longest time without an acknowledgement that overlaps with this stretch of the run.
pub fn longest_silence(records: &[Record], from_us: u64, until_us: u64) -> Duration {
    let mut longest = 0;
    let mut last = 0;
    let ok = records.iter().filter(|record| record.phase == Phase::Ok);
    for at in ok.map(|record| record.at_us).chain([until_us.max(from_us)]) {
        if at > from_us && last < until_us {
            longest = longest.max(at.saturating_sub(last));
        }
        last = at;
    }
    Duration::from_micros(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_counts_where_it_overlaps() {
        let ok = |at_us| Record {
            at_us,
            operation: String::new(),
            kind: String::new(),
            phase: Phase::Ok,
            id: None,
            sequence: None,
            detail: String::new(),
        };
        let records: Vec<Record> = [0, 50, 60, 90, 95].map(ok).into();
        let silence = |from, until| longest_silence(&records, from, until).as_micros();
        assert_eq!(silence(10, 20), 50);
        assert_eq!(silence(55, 92), 30);
        assert_eq!(silence(92, 200), 105, "nothing came any more");
    }
}
