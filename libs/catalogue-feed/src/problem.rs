//! What is wrong with a row.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The garment is taken, but not all that the file says of it.
    Warning,
    /// The garment is left out.
    Error,
    /// The rest of the file cannot be read.
    Fatal,
}

/// What is wrong with a row of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// The line that the row begins on; the first line is 1.
    pub line: u64,
    /// Which column or field, where it is one.
    pub column: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, for people.
    pub message: String,
}

impl RowProblem {
    /// The garment is left out.
    pub fn error(line: u64, column: impl Into<String>, message: impl fmt::Display) -> Self {
        Self::new(line, column.into(), Severity::Error, message)
    }

    /// The garment is taken.
    pub fn warning(line: u64, column: impl Into<String>, message: impl fmt::Display) -> Self {
        Self::new(line, column.into(), Severity::Warning, message)
    }

    /// The rest of the file cannot be read.
    pub fn fatal(line: u64, message: impl fmt::Display) -> Self {
        Self::new(line, String::new(), Severity::Fatal, message)
    }

    fn new(line: u64, column: String, severity: Severity, message: impl fmt::Display) -> Self {
        Self {
            line,
            column: Some(column).filter(|column| !column.is_empty()),
            severity,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(column) = &self.column {
            write!(f, "{column}: ")?;
        }
        f.write_str(&self.message)
    }
}
