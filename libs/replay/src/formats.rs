//! NDJSON and CSV: rows as text.

use std::{fmt, io::Write, str::FromStr};

use jetstream_es::{Commit, Position};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{error::ReplayError, row::Row};

/// How an export is written.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One line of JSON per event.
    Ndjson,
    /// A table with a header; the event itself is JSON in the last column.
    Csv,
    /// A folder of Parquet files, by type and day, with typed columns.
    Parquet,
}

impl Format {
    /// The name in addresses and file names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a format is one of ndjson, csv, parquet")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        [Self::Ndjson, Self::Csv, Self::Parquet]
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or(UnknownFormat)
    }
}

/// The last line of a whole answer: without it, the answer was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trailer {
    /// Rows before this line.
    pub count: u64,
    /// Position of the last row; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>)]
    pub last: Option<Position>,
    /// The log was read up to and with this position: go on after it.
    #[schema(value_type = String)]
    pub through: Position,
    /// SHA-256 of all lines before this one, with their line feeds, in hexadecimal.
    pub sha256: String,
}

/// Writes rows as lines of JSON and remembers what a trailer says.
#[derive(Debug, Clone, Default)]
pub struct Ndjson {
    hash: Sha256,
    count: u64,
    last: Option<Position>,
}

impl Ndjson {
    /// Appends the chosen events' lines.
    pub fn write(
        &mut self,
        commit: &Commit,
        chosen: &[usize],
        into: &mut Vec<u8>,
    ) -> serde_json::Result<()> {
        let start = into.len();
        Row::each(commit, chosen, |row| {
            row.write_json(into)?;
            into.push(b'\n');
            self.count += 1;
            Ok::<_, serde_json::Error>(())
        })?;
        if into.len() > start {
            self.hash.update(&into[start..]);
            self.last = Some(commit.position.clone());
        }
        Ok(())
    }

    /// Counts lines that somebody else wrote.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// What the last line says.
    pub fn trailer(self, through: Position) -> Trailer {
        Trailer {
            count: self.count,
            last: self.last,
            through,
            sha256: hex::encode(self.hash.finalize()),
        }
    }
}

/// The header of a table.
const COLUMNS: [&str; 15] = [
    "position",
    "sequence",
    "index",
    "time",
    "context",
    "aggregate",
    "id",
    "version",
    "type",
    "event_version",
    "actor",
    "command_id",
    "correlation_id",
    "causation_id",
    "data",
];

/// Writes rows as a table.
pub(crate) struct Table<W: Write> {
    writer: csv::Writer<W>,
    rows: u64,
}

impl<W: Write> Table<W> {
    pub(crate) fn begin(into: W) -> Result<Self, ReplayError> {
        let mut writer = csv::WriterBuilder::new()
            .buffer_capacity(256 << 10)
            .from_writer(into);
        writer.write_record(COLUMNS).map_err(row_error)?;
        Ok(Self { writer, rows: 0 })
    }

    pub(crate) fn write(&mut self, commit: &Commit, chosen: &[usize]) -> Result<(), ReplayError> {
        Row::each(commit, chosen, |row| {
            self.rows += 1;
            let [sequence, index, version] =
                [row.sequence, row.index, row.version].map(|number| number.to_string());
            self.writer
                .write_record([
                    row.position,
                    &sequence,
                    &index,
                    row.time,
                    row.context,
                    row.aggregate,
                    row.id,
                    &version,
                    row.event_type,
                    row.event_version,
                    row.actor.unwrap_or_default(),
                    row.command_id,
                    row.correlation_id.unwrap_or_default(),
                    row.causation_id.unwrap_or_default(),
                    row.data.get(),
                ])
                .map_err(row_error)
        })
    }

    pub(crate) fn finish(self) -> Result<(W, u64), ReplayError> {
        let writer = self.writer.into_inner();
        let writer = writer.map_err(|error| ReplayError::Row(error.into_error()))?;
        Ok((writer, self.rows))
    }
}

fn row_error(error: csv::Error) -> ReplayError {
    ReplayError::Row(error.into())
}

/// Writes rows as lines to a file.
pub(crate) struct Lines<W: Write> {
    ndjson: Ndjson,
    buffer: Vec<u8>,
    writer: W,
}

impl<W: Write> Lines<W> {
    const FULL: usize = 256 << 10;

    pub(crate) fn begin(writer: W) -> Self {
        Self {
            ndjson: Ndjson::default(),
            buffer: Vec::with_capacity(Self::FULL + (64 << 10)),
            writer,
        }
    }

    pub(crate) fn write(&mut self, commit: &Commit, chosen: &[usize]) -> Result<(), ReplayError> {
        let written = self.ndjson.write(commit, chosen, &mut self.buffer);
        written.map_err(|error| ReplayError::Row(error.into()))?;
        if self.buffer.len() >= Self::FULL {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ReplayError> {
        let written = self.writer.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(ReplayError::Row)
    }

    pub(crate) fn finish(mut self) -> Result<(W, u64), ReplayError> {
        self.flush()?;
        Ok((self.writer, self.ndjson.count()))
    }
}
