//! What PostgreSQL did for each statement, as its own `auto_explain` tells the client that ran it.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Settings of a connection whose statements are told of: parameters for its URL.
pub(super) const TOLD: &str = "options[session_preload_libraries]=auto_explain&options[auto_explain.log_min_duration]=0\
    &options[auto_explain.log_level]=notice&options[auto_explain.log_analyze]=on&options[auto_explain.log_buffers]=on\
    &options[auto_explain.log_timing]=off&options[auto_explain.log_format]=json";

/// A statement that was carried out.
#[derive(Debug, Clone)]
pub(super) struct Execution {
    pub(super) statement: String,
    /// Pages of tables and indexes that were read, from memory or not.
    pub(super) pages: u64,
    /// Rows that were answered.
    pub(super) rows: u64,
    /// Rows that were read and left out.
    pub(super) left_out: u64,
    /// Tables that were read from one end to the other.
    pub(super) whole_tables: Vec<String>,
}

/// Hears what the client is told. Only of what runs on the thread whose subscriber this is.
#[derive(Debug, Clone, Default)]
pub(super) struct Executions(Arc<Mutex<Vec<Execution>>>);

impl Executions {
    /// Those since the last time.
    pub(super) fn take(&self) -> Vec<Execution> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Subscriber for Executions {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::postgres::notice"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        if let Some((_, plan)) = said.0.split_once("plan:\n") {
            let told = serde_json::from_str(plan).unwrap();
            self.0.lock().unwrap().push(Execution::of(&told));
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The message of an event.
#[derive(Default)]
struct Said(String);

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Execution {
    fn of(told: &Value) -> Self {
        let plan = &told["Plan"];
        let number = |name: &str| plan[name].as_u64().unwrap_or(0);
        let mut execution = Self {
            statement: told["Query Text"].as_str().unwrap().to_owned(),
            pages: number("Shared Hit Blocks") + number("Shared Read Blocks"),
            rows: number("Actual Rows"),
            left_out: 0,
            whole_tables: vec![],
        };
        execution.walk(plan);
        execution
    }

    fn walk(&mut self, node: &Value) {
        let loops = node["Actual Loops"].as_u64().unwrap_or(1);
        for name in ["Rows Removed by Filter", "Rows Removed by Join Filter"] {
            self.left_out += node[name].as_u64().unwrap_or(0) * loops;
        }
        if node["Node Type"] == "Seq Scan" && loops > 0 {
            let table = node["Relation Name"].as_str().unwrap_or_default();
            self.whole_tables.push(table.to_owned());
        }
        for child in node["Plans"].as_array().into_iter().flatten() {
            self.walk(child);
        }
    }
}
