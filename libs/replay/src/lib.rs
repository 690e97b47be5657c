//! Replays an event log: one filter, one row per event, and what is made of rows: NDJSON, CSV, Parquet, a check.
//!
//! Knows the log and the JSON Schemas that it is given; nothing of what the events are about. Goes through a log of any
//! size in constant memory: commits are read, written and forgotten.

mod as_of;
mod columns;
mod error;
mod export;
mod file;
mod filter;
mod formats;
mod manifest;
mod number;
mod parquet;
mod resume;
mod row;
mod schemas;
mod verify;

pub use arrow_schema::DataType;

pub use self::{
    as_of::AsOf,
    columns::{ColumnsError, columns_of},
    error::{FilterError, ReplayError},
    export::{ExportRequest, Progress, export, export_to_writer, pack},
    filter::{EventFilter, FilterText, Selection},
    formats::{Format, Ndjson, Trailer, UnknownFormat},
    manifest::{FileEntry, Manifest},
    resume::ResumeAt,
    row::Row,
    schemas::{EventSchema, SchemaError, SchemaSet},
    verify::{Finding, Report, Verification, verify},
};
