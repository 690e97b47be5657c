//! What is known of an export.

use replay::{FilterText, Format};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How an export is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportState {
    /// It waits for those before it.
    Queued,
    /// It is being made.
    Running,
    /// Its file can be downloaded.
    Ready,
    /// It will never be there; `reason` says why.
    Failed,
}

/// What is known of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExportStatus {
    /// Its id.
    pub id: Uuid,
    /// How it is doing.
    pub state: ExportState,
    /// How it is written.
    pub format: Format,
    /// Which events were wanted.
    pub filter: FilterText,
    /// How much of the log was read, 0 to 1.
    pub progress: f64,
    /// Rows so far.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub rows: u64,
    /// Where the file is, once it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file: Option<String>,
    /// SHA-256 of the file, in hexadecimal, where it is one file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sha256: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
}

impl ExportStatus {
    pub(super) fn queued(id: Uuid, format: Format, filter: FilterText) -> Self {
        Self {
            id,
            state: ExportState::Queued,
            format,
            filter,
            progress: 0.0,
            rows: 0,
            file: None,
            sha256: None,
            reason: None,
        }
    }

    pub(super) fn failed(mut self, reason: impl Into<String>) -> Self {
        self.state = ExportState::Failed;
        self.reason = Some(reason.into());
        self
    }

    /// Whether it will change no more.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.state, ExportState::Ready | ExportState::Failed)
    }
}
