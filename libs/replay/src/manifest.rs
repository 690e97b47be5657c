//! What an export consists of.

use jetstream_es::Position;
use serde::{Deserialize, Serialize};

use crate::{filter::FilterText, formats::Format};

/// What an export consists of: `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// How it is written.
    pub format: Format,
    /// The log that it was made from.
    pub epoch: String,
    /// The stretch begins after this position.
    pub after: Position,
    /// And ends with this one.
    pub through: Position,
    /// Which events were wanted.
    pub filter: FilterText,
    /// Rows of all files.
    pub rows: u64,
    /// The files.
    pub files: Vec<FileEntry>,
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Where it lies, from the manifest's folder.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// What it hashes to, in hexadecimal.
    pub sha256: String,
    /// Which type of event is in it, if it is one.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// In which version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_version: Option<String>,
    /// Of which day (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// `$id` of the schema that its columns come from; absent where the event is JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}
