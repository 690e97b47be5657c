//! Goes through the whole log and says what is wrong with it.

use std::{collections::HashMap, pin::pin, sync::Arc};

use futures::StreamExt;
use jetstream_es::{Commit, EventLog, Position, SubjectFilter};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{error::ReplayError, export::Progress, schemas::SchemaSet};

/// How many findings are kept word for word.
const KEPT: usize = 20;
const CHUNK: usize = 1_024;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub position: Position,
    /// In which aggregate.
    pub aggregate: String,
    /// What.
    pub problem: String,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Commits that were read.
    pub commits: u64,
    /// Events in them.
    pub events: u64,
    /// Aggregates that they belong to.
    pub aggregates: u64,
    /// How much is wrong.
    pub problems: u64,
    /// The first findings.
    pub first: Vec<Finding>,
}

/// A check at work. Remembers 24 bytes per aggregate, and nothing per event.
#[derive(Debug)]
pub struct Verification {
    schemas: Arc<SchemaSet>,
    versions: HashMap<[u8; 16], u64>,
    sequence: u64,
    report: Report,
}

impl Verification {
    /// Begins at the beginning of a log.
    pub fn new(schemas: Arc<SchemaSet>) -> Self {
        Self {
            schemas,
            versions: HashMap::new(),
            sequence: 0,
            report: Report::default(),
        }
    }

    /// Looks at the next commit.
    pub fn check(&mut self, commit: &Commit) {
        self.report.commits += 1;
        self.report.events += commit.events.len() as u64;
        let expected = self.sequence + 1;
        if commit.position.sequence != expected {
            self.find(
                commit,
                format!("the sequence leaps: {expected} should be next"),
            );
        }
        self.sequence = commit.position.sequence;
        if let Some(why) = &commit.malformed {
            self.find(commit, why.clone());
            return;
        }
        if commit.command_id.is_empty() {
            self.find(commit, "the commit names no command".to_owned());
        }
        self.check_version(commit);
        for event in &commit.events {
            let (name, version) = (&event.event_type, &event.event_version);
            if let Some(problem) = self.complaint(commit, name, version, event.data.get()) {
                self.find(commit, format!("{name} v{version}: {problem}"));
            }
        }
    }

    fn check_version(&mut self, commit: &Commit) {
        let last = self.versions.entry(key(commit)).or_insert(0);
        let expected = *last + 1;
        *last = commit.to_version();
        if commit.from_version != expected {
            let found = commit.from_version;
            self.find(
                commit,
                format!("version {found} stands where {expected} should"),
            );
        }
    }

    fn complaint(&self, commit: &Commit, name: &str, version: &str, data: &str) -> Option<String> {
        let Some(known) = self.schemas.get(name, version) else {
            return Some("there is no such event".to_owned());
        };
        if known.event.aggregate_type != commit.aggregate_type {
            return Some(format!("it happens to {} only", known.event.aggregate_type));
        }
        match serde_json::from_str::<Value>(data) {
            Ok(data) => known.complaint(&data),
            Err(error) => Some(error.to_string()),
        }
    }

    fn find(&mut self, commit: &Commit, problem: String) {
        self.report.problems += 1;
        if self.report.first.len() < KEPT {
            self.report.first.push(Finding {
                position: commit.position.clone(),
                aggregate: format!("{} {}", commit.aggregate_type, commit.aggregate_id),
                problem,
            });
        }
    }

    /// What was found, in a log that should end with `through`.
    pub fn finish(mut self, through: &Position) -> Report {
        self.report.aggregates = self.versions.len() as u64;
        if self.sequence != through.sequence {
            self.report.problems += 1;
            self.report.first.push(Finding {
                position: through.clone(),
                aggregate: String::new(),
                problem: format!("the last readable commit is {}", self.sequence),
            });
        }
        self.report
    }
}

/// Short for any number of aggregates, and the same for two with a chance of 2^-64 among 4 billion.
fn key(commit: &Commit) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(commit.aggregate_type.as_bytes());
    hash.update(b".");
    hash.update(commit.aggregate_id.as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// Checks the whole log as it is now.
pub async fn verify(
    log: &EventLog,
    schemas: Arc<SchemaSet>,
    mut progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Report, ReplayError> {
    let newest = log.last_sequence().await?;
    let through = log.position(newest);
    let (sender, mut chunks) = mpsc::channel::<Vec<Commit>>(2);
    let checking = spawn_blocking(move || {
        let mut check = Verification::new(schemas);
        while let Some(chunk) = chunks.blocking_recv() {
            for commit in &chunk {
                check.check(commit);
            }
            progress(Progress {
                at: check.sequence,
                after: 0,
                through: newest,
                rows: check.report.events,
            });
        }
        check.finish(&through)
    });
    let commits = log.replay(0, newest, SubjectFilter::all()).chunks(CHUNK);
    let mut commits = pin!(commits);
    while let Some(chunk) = commits.next().await {
        let chunk = chunk.into_iter().collect::<Result<Vec<_>, _>>()?;
        if sender.send(chunk).await.is_err() {
            break;
        }
    }
    drop(sender);
    checking.await.map_err(|_| ReplayError::WriterStopped)
}
