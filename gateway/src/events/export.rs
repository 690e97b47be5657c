//! `drape events export`

use std::{
    io::{self, BufWriter, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::bail;
use jetstream_es::EventLog;
use replay::{ExportRequest, FilterText, Format};

use super::bar::{bar, mover};

pub(super) async fn run(
    log: &EventLog,
    filter: FilterText,
    format: Format,
    into: PathBuf,
) -> anyhow::Result<ExitCode> {
    let bar = bar();
    let (rows, place) = if into.as_os_str() == "-" {
        if format == Format::Parquet {
            bail!("Parquet is a folder: name one with --into");
        }
        let writer = BufWriter::new(io::stdout());
        let rows = replay::export_to_writer(log, &filter, format, writer, mover(&bar)).await?;
        (rows, "standard output".to_owned())
    } else {
        let place = into.display().to_string();
        let request = ExportRequest {
            filter,
            format,
            into,
            max_bytes: u64::MAX,
        };
        let schemas = query_api::event_schemas()?;
        let manifest = replay::export(log, schemas, request, mover(&bar)).await?;
        let files = manifest.files.len();
        (manifest.rows, format!("{place} ({files} files)"))
    };
    bar.finish_and_clear();
    // Standard output may hold the events themselves.
    writeln!(io::stderr(), "{rows} events to {place}")?;
    Ok(ExitCode::SUCCESS)
}
