//! What a measurement found: tables for people, the same as JSON for programs.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Where the JSON goes, from the root of the repository.
const FOLDER: &str = "target/bench";

/// One line of a table: column and value, in order.
pub(crate) type Row = Vec<(&'static str, Value)>;

/// What was promised.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

/// What one command found.
pub(crate) struct Report {
    name: &'static str,
    began: OffsetDateTime,
    load_before: String,
    tables: Vec<(String, Vec<Row>)>,
    goals: Vec<(String, Wanted, f64)>,
}

impl Report {
    pub(crate) fn begin(name: &'static str) -> Self {
        Self {
            name,
            began: OffsetDateTime::now_utc(),
            load_before: load_average(),
            tables: vec![],
            goals: vec![],
        }
    }

    pub(crate) fn table(&mut self, title: impl Into<String>, rows: Vec<Row>) {
        self.tables.push((title.into(), rows));
    }

    /// Holds a figure against what was promised.
    pub(crate) fn goal(&mut self, what: impl Into<String>, wanted: Wanted, reached: f64) {
        self.goals.push((what.into(), wanted, reached));
    }

    /// Prints everything and writes the JSON.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        let load_after = load_average();
        let cores = std::thread::available_parallelism()?;
        let mut text = String::new();
        for (title, rows) in &self.tables {
            write!(text, "\n{title}\n{}", table(rows))?;
        }
        if !self.goals.is_empty() {
            text.push_str("\nWhat was promised\n");
        }
        for (what, wanted, reached) in &self.goals {
            let verdict = if wanted.is_met(*reached) { "yes" } else { "NO" };
            writeln!(
                text,
                "  {verdict:>3}  {what}: {} ({wanted})",
                figure(*reached)
            )?;
        }
        let path = self.write(&load_after, cores.get())?;
        writeln!(
            text,
            "\n{cores} cores, load average {} before and {load_after} after, {} profile; {}",
            self.load_before,
            profile(),
            path.display()
        )?;
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    fn write(&self, load_after: &str, cores: usize) -> anyhow::Result<PathBuf> {
        let object = |row: &Row| {
            let pairs = row
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        let tables = self.tables.iter().map(|(title, rows)| {
            json!({ "title": title, "rows": rows.iter().map(object).collect::<Vec<_>>() })
        });
        let goals = self.goals.iter().map(|(what, wanted, reached)| {
            json!({ "what": what, "wanted": wanted.to_string(), "reached": reached, "met": wanted.is_met(*reached) })
        });
        let document = json!({
            "name": self.name,
            "at": self.began.format(&Rfc3339)?,
            "took_s": (OffsetDateTime::now_utc() - self.began).as_seconds_f64(),
            "cores": cores,
            "load_average": { "before": self.load_before, "after": load_after },
            "profile": profile(),
            "tables": tables.collect::<Vec<_>>(),
            "goals": goals.collect::<Vec<_>>(),
        });
        std::fs::create_dir_all(FOLDER)?;
        let path = Path::new(FOLDER).join(format!("{}.json", self.name));
        std::fs::write(&path, serde_json::to_vec_pretty(&document)?)?;
        Ok(path)
    }
}

impl Wanted {
    fn is_met(self, reached: f64) -> bool {
        match self {
            Self::AtLeast(limit) => reached >= limit,
            Self::AtMost(limit) => reached <= limit,
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(limit) => write!(formatter, "at least {}", figure(*limit)),
            Self::AtMost(limit) => write!(formatter, "at most {}", figure(*limit)),
        }
    }
}

/// Tells whoever waits what is going on; the result goes elsewhere.
pub(crate) fn say(what: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(std::io::stderr(), "bench: {what}");
}

fn profile() -> &'static str {
    if cfg!(debug_assertions) {
        "development"
    } else {
        "release"
    }
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Three digits that matter.
fn figure(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => figure(number.as_f64().unwrap_or_default()),
        Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn table(rows: &[Row]) -> String {
    let Some(first) = rows.first() else {
        return String::new();
    };
    let mut lines = vec![
        first
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect::<Vec<_>>(),
    ];
    lines.extend(
        rows.iter()
            .map(|row| row.iter().map(|(_, value)| cell(value)).collect()),
    );
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..first.len()).map(width).collect();
    let mut text = String::new();
    for line in lines {
        text.push(' ');
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            // The first column is a name.
            let (left, right) = if column == 0 {
                ("", &*padding)
            } else {
                (&*padding, "")
            };
            text.extend([" ", left, cell.as_str(), right]);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = vec![
            vec![("way", json!("raw")), ("per second", json!(2_611.4))],
            vec![("way", json!("in process")), ("per second", json!(0.685))],
        ];
        assert_eq!(
            table(&rows),
            "  way        per second\n  raw              2611\n  in process       0.69\n"
        );
    }

    #[test]
    fn a_promise_is_kept_at_its_limit() {
        assert!(Wanted::AtLeast(0.7).is_met(0.7));
        assert!(!Wanted::AtLeast(0.7).is_met(0.69));
        assert!(Wanted::AtMost(200.0).is_met(200.0));
        assert!(!Wanted::AtMost(200.0).is_met(201.0));
    }
}
