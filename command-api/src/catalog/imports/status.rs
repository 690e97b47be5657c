//! What is known of an import.

use catalogue_feed::{Format, RowProblem, Severity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImportState {
    /// It waits for those before it.
    Queued,
    /// It is being read.
    Running,
    /// It was read to its end; `report` says what came of it.
    Done,
    /// It was not read to its end; `reason` says why. The same file again goes on where it ended.
    Failed,
}

/// What came of the rows so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// Garments in the file that could be read.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub garments: u64,
    /// New ones.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub added: u64,
    /// Those of which the file says something else than the catalogue.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub changed: u64,
    /// Those that are as the file says.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub unchanged: u64,
    /// Those that the catalogue refuses.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub refused: u64,
    /// Those that are to be on sale and stay drafts until they have a picture.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub without_picture: u64,
    /// Sizes of which the file says another count than was known, where counts are taken.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub counted: u64,
    /// All problems.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub problems: u64,
    /// The first of them, by their lines.
    #[schema(value_type = Vec<RowProblemBody>)]
    pub first_problems: Vec<RowProblem>,
    /// Whether the file was read to its end.
    pub is_whole: bool,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RowProblem)]
pub(crate) struct RowProblemBody {
    /// The line that the row begins on; the first line is 1.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    line: u64,
    /// Which column or field, where it is one.
    column: Option<String>,
    /// `warning`: the garment is taken all the same; `error`: it is left out; `fatal`: so is the rest of the file.
    #[schema(pattern = "^(warning|error|fatal)$", example = "error")]
    severity: String,
    /// What is wrong, for people.
    message: String,
}

impl ImportReport {
    /// Counts a problem, and keeps it while there is room.
    pub(super) fn note(&mut self, problem: RowProblem, most: usize) {
        self.problems += 1;
        if problem.severity == Severity::Fatal {
            self.is_whole = false;
        }
        if self.first_problems.len() < most {
            self.first_problems.push(problem);
        }
    }
}

/// What is known of an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportStatus {
    /// Its id.
    pub id: Uuid,
    /// How it is doing.
    pub state: ImportState,
    /// How the file is written.
    #[schema(value_type = super::create_import::ImportFormat)]
    pub format: Format,
    /// Whether the file lies in a zip, with its pictures.
    #[serde(default)]
    pub is_zip: bool,
    /// Whether the catalogue stays as it is.
    pub dry_run: bool,
    /// Whether counts of stock are taken from the file.
    #[serde(default)]
    pub sets_stock: bool,
    /// The currency of prices that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub currency: Option<String>,
    /// How much of the file was read, 0 to 1.
    pub progress: f64,
    /// What came of it so far.
    pub report: ImportReport,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// The account that asked for it.
    pub account: String,
    /// In the order of their coming.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub number: u64,
}

impl ImportStatus {
    /// Whether it will change no more.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.state, ImportState::Done | ImportState::Failed)
    }
}
