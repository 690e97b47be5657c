//! What a run came to.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::Serialize;

use crate::{
    check::{Evidence, Violation, check},
    fault::Blow,
    history::operations,
};

/// What a run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Which scenario.
    pub scenario: String,
    /// The seed that repeats it.
    pub seed: u64,
    /// Everything that was broken.
    pub blows: Vec<Blow>,
    /// Figures, by name.
    pub figures: BTreeMap<&'static str, f64>,
    /// Promises that were not kept.
    pub violations: Vec<String>,
    /// Why the run proves nothing, if it does not.
    pub void: Option<String>,
}

impl Report {
    /// Checks the evidence.
    pub fn new(scenario: &str, seed: u64, blows: Vec<Blow>, evidence: &Evidence) -> Self {
        let mut report = Self {
            scenario: scenario.to_owned(),
            seed,
            blows,
            figures: BTreeMap::new(),
            violations: check(evidence).iter().map(Violation::to_string).collect(),
            void: None,
        };
        let operations = operations(&evidence.history);
        let count = |wanted: fn(&crate::history::Operation) -> bool| {
            operations
                .values()
                .filter(|operation| wanted(operation))
                .count()
        };
        report.figure("commands", operations.len());
        report.figure(
            "acknowledged",
            count(|operation| operation.acknowledged.is_some()),
        );
        report.figure("refused", count(|operation| operation.refused));
        let lost = evidence.history.iter();
        let lost = lost.filter(|record| record.phase == crate::history::Phase::Unknown);
        report.figure("answers lost", lost.count());
        report.figure("commits", evidence.log.len());
        report.figure("documents", evidence.views.len());
        let told = evidence.watchers.iter().map(|watcher| watcher.places.len());
        report.figure("told to live clients", told.sum());
        report
    }

    /// Adds a count.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a run are far below 2^52"
    )]
    pub fn figure(&mut self, name: &'static str, count: usize) {
        self.figures.insert(name, count as f64);
    }

    /// Adds a time in seconds.
    pub fn seconds(&mut self, name: &'static str, time: Duration) {
        self.figures.insert(name, time.as_secs_f64());
    }

    /// Whether every promise was kept and the run proves that.
    pub fn is_good(&self) -> bool {
        self.violations.is_empty() && self.void.is_none()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} with seed {}", self.scenario, self.seed)?;
        for blow in &self.blows {
            writeln!(formatter, "  {blow}")?;
        }
        for (name, value) in &self.figures {
            writeln!(formatter, "  {name:24} {value:>10.2}")?;
        }
        for violation in self.violations.iter().take(20) {
            writeln!(formatter, "  BROKEN {violation:.600}")?;
        }
        match (&self.void, self.violations.len()) {
            (_, broken) if broken > 0 => write!(formatter, "  {broken} promise(s) broken"),
            (Some(why), _) => write!(formatter, "  VOID: {why}"),
            (None, _) => write!(formatter, "  all promises kept"),
        }
    }
}
